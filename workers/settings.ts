import type { Settings } from '../shared/domain/state.ts';
import type { Config } from '../shared/runtime/config.ts';

/** What of the configuration deciders may know. */
export function settingsOf({
  peerSettlement,
  smtpUrl,
  roomsApiBase,
  slotHoldMinutes,
  waitlistOfferMinutes,
  expiryGraceDays,
  stripeSecretKey,
  checkoutHoldMinutes,
}: Config): Settings {
  return {
    peerSettlement,
    slotHoldMinutes,
    waitlistOfferMinutes,
    expiryGraceDays,
    checkoutHoldMinutes,
    hasMail: smtpUrl !== null,
    hasRooms: roomsApiBase !== null,
    hasPayments: stripeSecretKey !== null,
  };
}
