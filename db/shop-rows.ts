import type { Uuid } from '../shared/domain/ids.ts';
import type { LotShare } from '../shared/domain/lots.ts';
import type {
  LoyaltyRules,
  Order,
  OrderItem,
  OrderRefund,
  Product,
  Reservation,
  Vendor,
} from '../shared/domain/shop.ts';

/** How rows of shops become the domain's plain data: instants as epoch milliseconds, amounts as safe integers. */

export interface ProductRow {
  readonly id: Uuid;
  readonly vendor_id: Uuid;
  readonly name: string;
  readonly price_minor: string;
  readonly currency: string;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
}

export interface ReservationRow {
  readonly product_id: Uuid;
  readonly order_id: Uuid;
  readonly quantity: number;
  readonly until_ms: number;
}

export interface VendorRow {
  readonly id: Uuid;
  readonly name: string;
  readonly owner_user_id: Uuid;
  readonly loyalty: Omit<LoyaltyRules, 'version'>;
  readonly loyalty_version: number;
}

export interface OrderRow {
  readonly id: Uuid;
  readonly customer_id: Uuid;
  readonly vendor_id: Uuid;
  readonly status: Order['status'];
  readonly currency: string;
  readonly subtotal_minor: string;
  readonly discount_minor: string;
  readonly total_minor: string;
  readonly refunded_minor: string;
  readonly points_redeemed: string;
  readonly points_earned: string;
  readonly loyalty: Order['loyalty'];
  readonly rules: LoyaltyRules;
  readonly lots: readonly LotShare[];
  readonly hold: 'live' | 'captured' | 'released' | null;
  readonly payment_method: string;
  readonly payment_intent_id: string | null;
  readonly reserved_ms: number | null;
  readonly created_ms: number;
  readonly paid_ms: number | null;
}

export interface ItemRow {
  readonly order_id: Uuid;
  readonly product_id: Uuid;
  readonly name: string;
  readonly unit_price_minor: string;
  readonly quantity: number;
  readonly stock: OrderItem['stock'];
  readonly returned: number;
}

export interface RefundRow {
  readonly id: Uuid;
  readonly order_id: Uuid;
  readonly amount_minor: string;
  readonly status: OrderRefund['status'];
  readonly returns: OrderRefund['returns'];
  readonly points_returned: string;
  readonly points_reversed: string;
}

export function vendorOf(row: VendorRow): Vendor {
  const { id, name, owner_user_id: ownerId, loyalty, loyalty_version: version } = row;
  return { id, name, ownerId, loyalty: { version, ...loyalty } };
}

/** `late`: what is kept of this product for orders whose time is over. */
export function productOf(row: ProductRow, late: readonly ReservationRow[]): Product {
  const { id, vendor_id: vendorId, name, price_minor: price, currency, available, reserved, sold } = row;
  const overdue = late.map(
    ({ order_id: orderId, quantity, until_ms: until }): Reservation => ({ orderId, quantity, until }),
  );
  return { id, vendorId, name, priceMinor: Number(price), currency, available, reserved, sold, overdue };
}

/** With the items and the refunds of this order. */
export function orderOf(row: OrderRow, items: readonly ItemRow[], refunds: readonly RefundRow[]): Order {
  return {
    id: row.id,
    customerId: row.customer_id,
    vendorId: row.vendor_id,
    status: row.status,
    items: items.map(itemOf),
    currency: row.currency,
    subtotalMinor: Number(row.subtotal_minor),
    discountMinor: Number(row.discount_minor),
    totalMinor: Number(row.total_minor),
    refundedMinor: Number(row.refunded_minor),
    pointsRedeemed: Number(row.points_redeemed),
    pointsEarned: Number(row.points_earned),
    loyalty: row.loyalty,
    rules: row.rules,
    hold: row.hold ?? 'none',
    lots: row.lots,
    paymentMethod: row.payment_method,
    paymentIntentId: row.payment_intent_id,
    reservedUntil: row.reserved_ms,
    createdAt: row.created_ms,
    paidAt: row.paid_ms,
    refunds: refunds.map(refundOf),
  };
}

function itemOf(row: ItemRow): OrderItem {
  const { product_id: productId, name, unit_price_minor: price, quantity, stock, returned } = row;
  return { productId, name, unitPriceMinor: Number(price), quantity, stock, returned };
}

function refundOf(row: RefundRow): OrderRefund {
  const { id, amount_minor: amount, status, returns, points_returned: returned, points_reversed: reversed } = row;
  const points = { pointsReturned: Number(returned), pointsReversed: Number(reversed) };
  return { id, amountMinor: Number(amount), status, returns, ...points };
}
