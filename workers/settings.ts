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
}: Config): Settings {
  const outside = { hasMail: smtpUrl !== null, hasRooms: roomsApiBase !== null };
  return { peerSettlement, slotHoldMinutes, waitlistOfferMinutes, expiryGraceDays, ...outside };
}
