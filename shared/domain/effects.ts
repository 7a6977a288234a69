import type { EntryType } from '../contract/ledger-types.ts';
import type { Uuid } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { DatedCredits, LotShare } from './lots.ts';
import type { Assignment, Member } from './partner.ts';
import type { Rejection } from './rejection.ts';
import type { Order, OrderRefund, StockMove } from './shop.ts';
import type {
  Booking,
  Cancellation,
  FreedSlot,
  SlotHold,
  SlotHoldStatus,
  WaitlistEntry,
  WaitlistStatus,
} from './state.ts';
import type { RowResult, UploadTotals } from './upload.ts';

/** What a decision changes. Deciders describe effects; `apply` carries them out on the batch's state. */
export type Effect =
  | TransferPosted
  | HoldPlaced
  | HoldResized
  | HoldEnded
  | LotEnded
  | AllocationVoided
  | BookingCreated
  | BookingRescheduled
  | BookingCompleted
  | BookingMissed
  | BookingCancelled
  | SlotHeld
  | SlotHoldEnded
  | WaitlistJoined
  | WaitlistEnded
  | WaitlistOffered
  | FreedSlotClosed
  | PoolFunded
  | MemberCreated
  | MemberChanged
  | MemberClaimed
  | MemberRemoved
  | CreditsAssigned
  | AssignmentClosed
  | UploadAdvanced
  | OrderPlaced
  | OrderChanged
  | StockMoved
  | RefundAsked
  | RefundEnded
  | PaymentWanted
  | OperationFinished;

export interface TransferPosted {
  readonly type: 'transfer-posted';
  readonly transfer: Transfer;
}

/** One movement of credits, or of points, double-entry by construction: it takes from one account what it gives to the other. */
export interface Transfer {
  readonly debit: Uuid;
  readonly credit: Uuid;
  /** Whole credits, positive. */
  readonly amount: number;
  /** How the paying side's statement names it. */
  readonly debitType: EntryType;
  /** How the receiving side's statement names it. */
  readonly creditType: EntryType;
  readonly source: string;
  readonly reference: Reference | null;
  readonly description: string | null;
  /**
   * The account whose debt this transfer changes: raised when the house advances what the account could not give
   * back, lowered when the account repays. Null for every ordinary transfer.
   */
  readonly debtor: Uuid | null;
  /** Which lots the paying account takes it from; absent: soonest-expiring first, then what has no end. */
  readonly takes?: readonly LotShare[];
  /** The lots of the receiving account into which (a part of) it goes back. */
  readonly returns?: readonly LotShare[];
  /** The part of it that has an end at the receiving account; the rest has none. */
  readonly opens?: readonly DatedCredits[];
}

export interface Reference {
  /** `payment`: a row of `stripe_purchases`. */
  readonly type: 'booking' | 'user' | 'partner' | 'member' | 'payment' | 'order';
  readonly id: Uuid;
}

/** An amount of an account that is set aside until it is captured or released (design.md §2.8). */
export interface Hold {
  readonly id: Uuid;
  readonly accountId: Uuid;
  readonly amount: number;
  readonly reference: Reference;
}

export interface HoldPlaced {
  readonly type: 'hold-placed';
  readonly hold: Hold;
  /** The lots that it sets credits aside from: they do not expire while they are held. */
  readonly takes: readonly LotShare[];
}

export interface HoldResized {
  readonly type: 'hold-resized';
  /** As it is now. */
  readonly hold: Hold;
  readonly amount: number;
  readonly takes: readonly LotShare[];
  readonly returns: readonly LotShare[];
}

export interface HoldEnded {
  readonly type: 'hold-ended';
  /** As it is now. */
  readonly hold: Hold;
  /** Captured: a transfer of the same operation spends it. */
  readonly as: 'captured' | 'released';
  /** What goes back to its lots: everything when it is released, what is not spent when it is captured. */
  readonly returns: readonly LotShare[];
}

export interface LotEnded {
  readonly type: 'lot-ended';
  readonly accountId: Uuid;
  readonly lotId: Uuid;
  /** A transfer of the same operation has taken what was left. */
  readonly as: 'expired' | 'voided';
}

export interface AllocationVoided {
  readonly type: 'allocation-voided';
  readonly allocationId: Uuid;
  /** What was left of it. */
  readonly amount: number;
}

export interface BookingCreated {
  readonly type: 'booking-created';
  readonly booking: Booking;
}

export interface BookingRescheduled {
  readonly type: 'booking-rescheduled';
  readonly bookingId: Uuid;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly bufferedUntil: number;
  readonly creditCost: number;
  /** When that was decided, epoch ms. */
  readonly at: number;
  /** Which lots have paid for it then. */
  readonly lots: readonly LotShare[];
}

export interface BookingCompleted {
  readonly type: 'booking-completed';
  readonly bookingId: Uuid;
}

export interface BookingMissed {
  readonly type: 'booking-missed';
  readonly bookingId: Uuid;
  /** Who did not come. */
  readonly by: 'client' | 'practitioner';
  readonly refundedCredits: number;
}

export interface BookingCancelled {
  readonly type: 'booking-cancelled';
  readonly bookingId: Uuid;
  readonly refundedCredits: number;
  readonly cancellation: Cancellation;
}

export interface SlotHeld {
  readonly type: 'slot-held';
  readonly hold: SlotHold;
}

export interface SlotHoldEnded {
  readonly type: 'slot-hold-ended';
  /** As it is now. */
  readonly hold: SlotHold;
  readonly as: Exclude<SlotHoldStatus, 'live'>;
}

export interface WaitlistJoined {
  readonly type: 'waitlist-joined';
  readonly entry: WaitlistEntry;
}

export interface WaitlistEnded {
  readonly type: 'waitlist-ended';
  readonly entryId: Uuid;
  readonly as: Exclude<WaitlistStatus, 'waiting'>;
}

/** The freed slot is the hold's holder's to book until the hold runs out. */
export interface WaitlistOffered {
  readonly type: 'waitlist-offered';
  /** As it is now. */
  readonly slot: FreedSlot;
  readonly entryId: Uuid;
  readonly hold: SlotHold;
}

export interface FreedSlotClosed {
  readonly type: 'freed-slot-closed';
  /** As it is now. */
  readonly slot: FreedSlot;
}

/** Says of a transfer into a pool that it was the partner's funding. */
export interface PoolFunded {
  readonly type: 'pool-funded';
  readonly partnerId: Uuid;
  readonly amount: number;
}

export interface MemberCreated {
  readonly type: 'member-created';
  readonly member: Member;
}

export interface MemberChanged {
  readonly type: 'member-changed';
  readonly memberId: Uuid;
  readonly firstName: string;
}

/** A user with the member's address has appeared: from now on the member's credits are in the user's account. */
export interface MemberClaimed {
  readonly type: 'member-claimed';
  readonly memberId: Uuid;
  readonly userId: Uuid;
}

export interface MemberRemoved {
  readonly type: 'member-removed';
  readonly memberId: Uuid;
}

export interface CreditsAssigned {
  readonly type: 'credits-assigned';
  readonly assignment: Assignment;
}

export interface AssignmentClosed {
  readonly type: 'assignment-closed';
  readonly memberId: Uuid;
  readonly assignmentId: Uuid;
  /** What of it goes back into the pool by this. */
  readonly returned: number;
  /** What of it goes to the house by this; the rest was used. */
  readonly expired: number;
}

export interface UploadAdvanced {
  readonly type: 'upload-advanced';
  readonly uploadId: Uuid;
  readonly totals: UploadTotals;
  readonly results: readonly RowResult[];
}

export interface OrderPlaced {
  readonly type: 'order-placed';
  readonly order: Order;
}

/** What becomes of an order; what it is of never changes. */
export interface OrderChanged {
  readonly type: 'order-changed';
  readonly orderId: Uuid;
  readonly change: Partial<
    Pick<
      Order,
      'status' | 'refundedMinor' | 'pointsEarned' | 'loyalty' | 'lots' | 'paymentIntentId' | 'reservedUntil' | 'paidAt'
    >
  >;
}

/** Pieces of a product change hands. */
export interface StockMoved {
  readonly type: 'stock-moved';
  readonly move: Exclude<StockMove, 'received' | 'removed'>;
  readonly orderId: Uuid;
  readonly productId: Uuid;
  readonly quantity: number;
}

export interface RefundAsked {
  readonly type: 'refund-asked';
  readonly orderId: Uuid;
  readonly refund: OrderRefund;
}

export interface RefundEnded {
  readonly type: 'refund-ended';
  readonly orderId: Uuid;
  readonly refund: OrderRefund;
}

/** A step outside about an order's money: asked for again, it is the same one. */
export interface PaymentWanted {
  readonly type: 'payment-wanted';
  readonly step: 'payment.charge' | 'payment.cancel' | 'payment.refund';
  /** The order, or of a refund its own id; the order's, where what was paid too late goes back. */
  readonly subjectId: Uuid;
  readonly data: JsonObject;
}

/** An earlier operation, which has waited for something outside, has its outcome; or what of it can be told meanwhile. */
export interface OperationFinished {
  readonly type: 'operation-finished';
  readonly operationId: Uuid;
  readonly result:
    | { readonly status: 'succeeded'; readonly outcome: JsonObject }
    | { readonly status: 'rejected'; readonly rejection: Rejection }
    | { readonly status: 'processing'; readonly progress: JsonObject };
}
