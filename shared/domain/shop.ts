import { derivedId, type Uuid } from './ids.ts';
import type { LotShare } from './lots.ts';
import { remembered } from './remembered.ts';

/*
 * Vendors, what they sell, and what was ordered. Money is whole minor units of one currency per vendor.
 */

/** Who sells, and whose points their customers earn (004-21). */
export interface Vendor {
  readonly id: Uuid;
  readonly name: string;
  /** Who acts for it: the user whose token carries the role `vendor`. */
  readonly ownerId: Uuid;
  readonly loyalty: LoyaltyRules;
}

/** How a vendor's points are earned and redeemed. Every order keeps the rules that it was priced with. */
export interface LoyaltyRules {
  /** Counts up whenever they change. */
  readonly version: number;
  /** The kill switch (004-39): while it is off nothing is earned, and nothing redeemed. */
  readonly enabled: boolean;
  /** Points for each major unit that is paid, in ten-thousandths of a point. */
  readonly perUnitE4: number;
  /** What one point is worth when it is redeemed, in minor units. */
  readonly pointValueMinor: number;
  /** For how many days points cannot be spent that were earned. */
  readonly pendingDays: number;
  /** After how many days points end that were earned; null: never. */
  readonly expiresAfterDays: number | null;
  /** Points for a customer's first paid order, besides. */
  readonly firstOrderBonus: number;
  /** From the lowest on; without one, everybody earns alike. */
  readonly tiers: readonly LoyaltyTier[];
}

export interface LoyaltyTier {
  readonly name: string;
  /** How many points, earned within a year and not reversed, it takes. */
  readonly fromPoints: number;
  /** What a customer of this tier earns, in percent of what everybody earns. */
  readonly earnPercent: number;
}

/** What a customer has been to a vendor so far, as the ledger and the orders say. */
export interface LoyaltyHistory {
  readonly paidOrders: number;
  /** Points earned within the last year, less those that were reversed. */
  readonly earnedInYear: number;
}

export interface Product {
  readonly id: Uuid;
  readonly vendorId: Uuid;
  readonly name: string;
  readonly priceMinor: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Pieces that can be ordered; those that are reserved are not among them. */
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  /** Of those that are reserved: for orders whose time is over. Whoever needs them may have them. */
  readonly overdue: readonly Reservation[];
}

export interface Reservation {
  readonly orderId: Uuid;
  readonly quantity: number;
  /** Epoch ms; null: until it is known what became of the payment. */
  readonly until: number | null;
}

/**
 * awaiting_payment ──paid──▶ paid ──▶ partially_refunded ──▶ refunded
 *        └──declined, or out of time──▶ payment_failed ──paid after all──▶ paid
 */
export type OrderStatus = 'awaiting_payment' | 'paid' | 'payment_failed' | 'partially_refunded' | 'refunded';

/**
 * The points of an order: `due` from its payment until they are in the ledger; `dropped`: a person has decided that
 * they never will be.
 */
export type LoyaltyStatus = 'none' | 'due' | 'settled' | 'dropped';

export interface Order {
  /** The id of the operation that made it. */
  readonly id: Uuid;
  readonly customerId: Uuid;
  readonly vendorId: Uuid;
  readonly status: OrderStatus;
  readonly items: readonly OrderItem[];
  readonly currency: string;
  readonly subtotalMinor: number;
  /** What redeemed points take off. */
  readonly discountMinor: number;
  /** What is paid by card. */
  readonly totalMinor: number;
  readonly refundedMinor: number;
  readonly pointsRedeemed: number;
  /** With the bonus of a first order, once they are in the ledger. */
  readonly pointsEarned: number;
  readonly loyalty: LoyaltyStatus;
  /** The rules that it was priced with. */
  readonly rules: LoyaltyRules;
  /** Whether points are set aside for it, under the order's id. */
  readonly hold: 'none' | 'live' | 'captured' | 'released';
  /** Which lots the redeemed points are from; the rest had no end. */
  readonly lots: readonly LotShare[];
  readonly paymentMethod: string;
  readonly paymentIntentId: string | null;
  /** Epoch ms: until then stock and points are kept for it; null: kept until something else ends it, or not kept. */
  readonly reservedUntil: number | null;
  readonly createdAt: number;
  readonly paidAt: number | null;
  readonly refunds: readonly OrderRefund[];
}

export interface OrderItem {
  readonly productId: Uuid;
  readonly name: string;
  readonly unitPriceMinor: number;
  readonly quantity: number;
  readonly stock: 'reserved' | 'sold' | 'released';
  /** Of those that were sold: how many came back. */
  readonly returned: number;
}

/** Pieces of one product. */
export interface Pieces {
  readonly productId: Uuid;
  readonly quantity: number;
}

/** Money on its way back. Its points move once the money has. */
export interface OrderRefund {
  /** The id of the operation that asked for it. */
  readonly id: Uuid;
  readonly amountMinor: number;
  readonly status: 'pending' | 'done' | 'failed';
  /** What goes back into stock with it. */
  readonly returns: readonly Pieces[];
  readonly pointsReturned: number;
  readonly pointsReversed: number;
}

/** A piece of stock changes hands: the rows of a product's stock ledger. */
export type StockMove = 'received' | 'removed' | 'reserved' | 'released' | 'sold' | 'returned';

/** A customer's points with one vendor (004-21): `reporting.customers.id`. */
export function pointsOf({ customerId, vendorId }: { readonly customerId: Uuid; readonly vendorId: Uuid }): Uuid {
  return pointsId(`points/${vendorId}/${customerId}`);
}

/** One checkout asks for it in a dozen places, soon after each other. */
const pointsId = remembered(4_096, derivedId);

/** Crockford's alphabet: nothing that looks like something else. */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** What people call an order: 60 bits of its id, such as `7K3M-9QZT-1WXY`. */
export function orderNumberOf(orderId: Uuid): string {
  const hex = `${orderId.slice(0, 8)}${orderId.slice(9, 13)}${orderId.slice(-3)}`;
  return [0, 5, 10].map((from) => fourOf(Number.parseInt(hex.slice(from, from + 5), 16))).join('-');
}

/** Twenty bits, five for a character. */
function fourOf(bits: number): string {
  return [15, 10, 5, 0].map((place) => digits.charAt((bits >> place) & 31)).join('');
}

/** Whether money of it is here that can go back. */
export function isRefundable({ status }: Order): boolean {
  return status === 'paid' || status === 'partially_refunded';
}

/** Where the order's money stands: what can still be refunded, in minor units. */
export function refundableOf({ totalMinor, refundedMinor, refunds }: Order): number {
  const pending = refunds.filter(({ status }) => status === 'pending');
  return totalMinor - refundedMinor - pending.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}
