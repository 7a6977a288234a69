import { bookingCancel } from './booking-cancel/booking-cancel.ts';
import { bookingComplete } from './booking-complete/booking-complete.ts';
import { bookingCreate } from './booking-create/booking-create.ts';
import { bookingNoShow } from './booking-no-show/booking-no-show.ts';
import { bookingReschedule } from './booking-reschedule/booking-reschedule.ts';
import { checkoutCreate } from './checkout-create/checkout-create.ts';
import { checkoutRelease } from './checkout-release/checkout-release.ts';
import { checkoutSettle } from './checkout-settle/checkout-settle.ts';
import { creditsAllocate } from './credits-allocate/credits-allocate.ts';
import { creditsExpire } from './credits-expire/credits-expire.ts';
import { creditsTransfer } from './credits-transfer/credits-transfer.ts';
import { creditsVoid } from './credits-void/credits-void.ts';
import type { OperationKind } from './define.ts';
import { loyaltyApply } from './loyalty-apply/loyalty-apply.ts';
import { orderRefund } from './order-refund/order-refund.ts';
import { partnerAssign } from './partner-assign/partner-assign.ts';
import { partnerClaim } from './partner-claim/partner-claim.ts';
import { partnerExpire } from './partner-expire/partner-expire.ts';
import { partnerFund } from './partner-fund/partner-fund.ts';
import { partnerImport } from './partner-import/partner-import.ts';
import { partnerRemoveMember } from './partner-remove-member/partner-remove-member.ts';
import { paymentClawback } from './payment-clawback/payment-clawback.ts';
import { paymentGiveBack } from './payment-give-back/payment-give-back.ts';
import { pointsAdjust } from './points-adjust/points-adjust.ts';
import { pointsExpire } from './points-expire/points-expire.ts';
import { refundRecord } from './refund-record/refund-record.ts';
import { refundSettle } from './refund-settle/refund-settle.ts';
import { slotHold } from './slot-hold/slot-hold.ts';
import { slotRelease } from './slot-release/slot-release.ts';
import { subscriptionAllocate } from './subscription-allocate/subscription-allocate.ts';
import { waitlistDecline } from './waitlist-decline/waitlist-decline.ts';
import { waitlistJoin } from './waitlist-join/waitlist-join.ts';
import { waitlistLeave } from './waitlist-leave/waitlist-leave.ts';
import { waitlistOffer } from './waitlist-offer/waitlist-offer.ts';

/** Every kind there is. Its route, queue, OpenAPI entry and laws follow from its line here. */
export const operations: readonly OperationKind[] = [
  bookingCreate,
  bookingReschedule,
  bookingComplete,
  bookingNoShow,
  bookingCancel,
  creditsAllocate,
  creditsTransfer,
  slotHold,
  slotRelease,
  waitlistJoin,
  waitlistLeave,
  waitlistDecline,
  waitlistOffer,
  partnerFund,
  partnerAssign,
  partnerRemoveMember,
  partnerClaim,
  partnerExpire,
  subscriptionAllocate,
  paymentClawback,
  paymentGiveBack,
  creditsExpire,
  creditsVoid,
  partnerImport,
  checkoutCreate,
  checkoutSettle,
  checkoutRelease,
  loyaltyApply,
  orderRefund,
  refundSettle,
  refundRecord,
  pointsAdjust,
  pointsExpire,
];

/** Kinds by the name that is stored with an operation. Throws when two carry the same one. */
export function kindsByName(kinds: readonly OperationKind[]): ReadonlyMap<string, OperationKind> {
  const byName = new Map(kinds.map((kind) => [kind.kind, kind]));
  if (byName.size !== kinds.length) throw new Error('two kinds carry the same name');
  return byName;
}
