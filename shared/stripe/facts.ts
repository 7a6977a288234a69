/**
 * What an event of Stripe says, in our words and whatever version of Stripe's API wrote it. Facts only ever add up: the
 * same ones in any order, any number of times, come to the same (design.md §2.13).
 */
export interface Facts {
  /** Ids of the Stripe objects, and of the order, that it is about. What waits and shares one may go on after it. */
  readonly subjects: readonly string[];
  /** Those of them that belong to one and the same payment. */
  readonly payment: readonly string[];
  readonly owner: Owner;
  readonly paid: Paid | null;
  readonly subscription: SubscriptionFacts | null;
  readonly charge: ChargeFacts | null;
  readonly dispute: DisputeFacts | null;
  /** A refund that did not reach whoever was to get it. */
  readonly failedRefund: FailedRefund | null;
  /** An invoice that could not be collected. */
  readonly unpaid: UnpaidInvoice | null;
  /** The money of an order of a shop. */
  readonly order: OrderMoney | null;
}

/** Whose it is: what the event says itself, and what else may tell. */
export interface Owner {
  readonly customer: string | null;
  readonly subscription: string | null;
  /** As written in `client_reference_id` or `metadata.userId`, nearest first; not checked. */
  readonly userIds: readonly string[];
}

export interface Paid {
  /** The invoice or checkout session. */
  readonly paidWith: string;
  /** Epoch seconds. */
  readonly at: number;
  /** Minor units; null: not said. */
  readonly amount: number | null;
  readonly subscription: string | null;
  /** Null: not in the event, to be asked for. */
  readonly lines: readonly PaidLine[] | null;
  /** What a session of a subscription is paid with; null otherwise. */
  readonly invoice: string | null;
}

export interface PaidLine {
  readonly kind: 'recurring' | 'once' | 'proration';
  readonly price: string | null;
  readonly quantity: number;
  /** Minor units, negative for what is credited; null: not said. */
  readonly amount: number | null;
  /** Epoch seconds; null: not said. */
  readonly start: number | null;
  readonly end: number | null;
}

export interface SubscriptionFacts {
  readonly id: string;
  readonly customer: string | null;
  readonly status: string;
  readonly cancelAtPeriodEnd: boolean;
  /** Epoch seconds; null while it goes on. */
  readonly endedAt: number | null;
}

export interface ChargeFacts {
  readonly id: string;
  /** Minor units. */
  readonly amount: number;
  /** Of all refunds together, but for those that had failed by then. */
  readonly refunded: number;
}

export interface FailedRefund {
  readonly id: string;
  readonly charge: string;
  readonly amount: number;
}

export interface DisputeFacts {
  readonly id: string;
  readonly charge: string;
  readonly amount: number;
  /** Whether this event says that the money was taken, or is there again. */
  readonly funds: 'withdrawn' | 'reinstated' | null;
  readonly outcome: 'won' | 'lost' | null;
}

/** `orderId`: as written in `metadata.orderId`; not checked. */
export type OrderMoney = { readonly orderId: string } & (
  | OrderPayment
  | OrderRefunded
  | OrderRefundFailed
  | OrderDisputed
);

export interface OrderPayment {
  readonly outcome: 'paid' | 'declined';
  readonly intent: string;
  /** Minor units; null: not said. */
  readonly amount: number | null;
  /** Why it was declined, as Stripe says it. */
  readonly declineCode: string;
}

export interface OrderRefunded {
  readonly outcome: 'refunded';
  readonly charge: string;
  /** Null: not said. */
  readonly intent: string | null;
  /** Of all refunds together. */
  readonly refundedMinor: number;
}

/** A refund that was on its way and did not reach the customer. */
export interface OrderRefundFailed {
  readonly outcome: 'refund_failed';
  readonly refund: string;
  /** Minor units; null: not said. */
  readonly amount: number | null;
  /** As written in `metadata.refundId`, of one that we have made; not checked. */
  readonly refundId: string | null;
}

export interface OrderDisputed {
  readonly outcome: 'disputed';
  readonly dispute: string;
  /** Minor units. */
  readonly amount: number;
}

export interface UnpaidInvoice {
  readonly invoice: string;
  readonly attempt: number;
}
