/*
 * What the fake knows. Times are epoch seconds, amounts minor units. How objects are shown (in which version of Stripe's
 * API) is in `views.ts`.
 */

export interface Price {
  readonly id: string;
  readonly unitAmount: number;
  /** Null: bought once. */
  readonly months: number | null;
}

export interface Customer {
  readonly id: string;
  readonly metadata: Metadata;
}

export type Metadata = Readonly<Record<string, string>>;

export interface Item {
  readonly price: Price;
  readonly quantity: number;
}

export interface Subscription {
  readonly id: string;
  readonly customer: string;
  readonly metadata: Metadata;
  readonly created: number;
  item: Item;
  status: 'trialing' | 'active' | 'past_due' | 'canceled';
  cancelAtPeriodEnd: boolean;
  periodStart: number;
  periodEnd: number;
  /** The day of the month that every period begins on, as far as the month has it. */
  anchor: number;
  trialEnd: number | null;
  endedAt: number | null;
  /** Prorations that wait for the next invoice. */
  pending: Line[];
}

export interface Line {
  readonly price: Price;
  readonly quantity: number;
  readonly amount: number;
  readonly proration: boolean;
  readonly start: number;
  readonly end: number;
}

export interface Invoice {
  readonly id: string;
  readonly customer: string;
  readonly subscription: Subscription | null;
  readonly reason: string;
  readonly created: number;
  readonly lines: readonly Line[];
  status: 'open' | 'paid';
  attempts: number;
  /** Null: nothing had to be paid. */
  intent: string | null;
}

export interface Session {
  readonly id: string;
  readonly mode: 'payment' | 'subscription';
  readonly customer: string | null;
  readonly userId: string | null;
  readonly items: readonly Item[];
  readonly amount: number;
  subscription: string | null;
  invoice: string | null;
  intent: string | null;
  paymentStatus: 'paid' | 'unpaid' | 'no_payment_required';
}

export interface Charge {
  readonly id: string;
  readonly intent: string;
  readonly customer: string | null;
  readonly invoice: string | null;
  readonly amount: number;
  /** Of its payment intent. */
  readonly metadata?: Metadata;
  refunded: number;
}

export interface Dispute {
  readonly id: string;
  readonly charge: Charge;
  readonly amount: number;
  status: 'needs_response' | 'won' | 'lost';
}

/** A payment that was made through the API. */
export interface Intent {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly metadata: Metadata;
  readonly created: number;
  status: 'requires_confirmation' | 'requires_payment_method' | 'requires_action' | 'canceled' | 'succeeded';
  /** Why the last attempt was declined. */
  decline: string | null;
  charge: string | null;
}

export interface Refund {
  readonly id: string;
  readonly intent: string;
  readonly charge: string;
  readonly amount: number;
  readonly metadata: Metadata;
}
