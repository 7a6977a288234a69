import type { LoyaltyRules, Order, OrderItem, Product, Vendor } from '../../shared/domain/shop.ts';
import { clara, eve, idOf, minuteMs, now } from './builders.ts';

/*
 * Defaults that fit each other: Clara has ordered two pieces of tea, for ten euros each, at Eve's corner shop, where a
 * euro earns a point, and a point takes fifty cents off.
 */

export const corner = idOf('corner');
export const tea = idOf('tea');
export const basket = idOf('basket');

export function someRules(changes: Partial<LoyaltyRules> = {}): LoyaltyRules {
  return {
    version: 1,
    enabled: true,
    perUnitE4: 10_000,
    pointValueMinor: 50,
    pendingDays: 0,
    expiresAfterDays: null,
    firstOrderBonus: 0,
    tiers: [],
    ...changes,
  };
}

export function aVendor({
  loyalty = {},
  ...changes
}: Partial<Omit<Vendor, 'loyalty'>> & { readonly loyalty?: Partial<LoyaltyRules> } = {}): Vendor {
  return { id: corner, name: 'Corner shop', ownerId: eve, loyalty: someRules(loyalty), ...changes };
}

export function aProduct(changes: Partial<Product> = {}): Product {
  const pieces = { available: 10, reserved: 0, sold: 0, overdue: [] };
  return { id: tea, vendorId: corner, name: 'Tea', priceMinor: 1_000, currency: 'EUR', ...pieces, ...changes };
}

export function anItem(changes: Partial<OrderItem> = {}): OrderItem {
  return {
    productId: tea,
    name: 'Tea',
    unitPriceMinor: 1_000,
    quantity: 2,
    stock: 'reserved',
    returned: 0,
    ...changes,
  };
}

/** It waits for its payment, for a quarter of an hour, and redeems nothing. */
export function anOrder(changes: Partial<Order> = {}): Order {
  return {
    id: basket,
    customerId: clara,
    vendorId: corner,
    status: 'awaiting_payment',
    items: [anItem()],
    currency: 'EUR',
    subtotalMinor: 2_000,
    discountMinor: 0,
    totalMinor: 2_000,
    refundedMinor: 0,
    pointsRedeemed: 0,
    pointsEarned: 20,
    loyalty: 'none',
    rules: someRules(),
    hold: 'none',
    lots: [],
    paymentMethod: 'pm_1',
    paymentIntentId: null,
    reservedUntil: now + 15 * minuteMs,
    createdAt: now,
    paidAt: null,
    refunds: [],
    ...changes,
  };
}

/** The same one, paid, its points settled. */
export function aPaidOrder(changes: Partial<Order> = {}): Order {
  const paid = {
    status: 'paid',
    loyalty: 'settled',
    paidAt: now,
    reservedUntil: null,
    paymentIntentId: 'pi_1',
  } as const;
  return anOrder({ ...paid, items: [anItem({ stock: 'sold' })], ...changes });
}
