import type { CreditEntryType } from '../contract/ledger-types.ts';
import type { Uuid } from './ids.ts';
import type { Booking, Cancellation } from './state.ts';

/** What a decision changes. Deciders describe effects; `apply` carries them out on the batch's state. */
export type Effect = TransferPosted | BookingCreated | BookingCancelled;

export interface TransferPosted {
  readonly type: 'transfer-posted';
  readonly transfer: Transfer;
}

/** One movement of credits, double-entry by construction: it takes from one account what it gives to the other. */
export interface Transfer {
  readonly debit: Uuid;
  readonly credit: Uuid;
  /** Whole credits, positive. */
  readonly amount: number;
  /** How the paying side's statement names it. */
  readonly debitType: CreditEntryType;
  /** How the receiving side's statement names it. */
  readonly creditType: CreditEntryType;
  readonly source: string;
  readonly reference: Reference | null;
  readonly description: string | null;
  /**
   * The account whose debt this transfer changes: raised when the house advances what the account could not give
   * back, lowered when the account repays. Null for every ordinary transfer.
   */
  readonly debtor: Uuid | null;
}

export interface Reference {
  readonly type: 'booking' | 'user';
  readonly id: Uuid;
}

export interface BookingCreated {
  readonly type: 'booking-created';
  readonly booking: Booking;
}

export interface BookingCancelled {
  readonly type: 'booking-cancelled';
  readonly bookingId: Uuid;
  readonly refundedCredits: number;
  readonly cancellation: Cancellation;
}
