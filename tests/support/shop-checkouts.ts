import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { createIntent } from '../../bin/demo/fake-stripe/intents.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { openShop, type Shop, type ShopOptions } from './shop.ts';
import { expectAgreement, openItems, operationIn, ordersOf, pointsIn, quiet, stockOf } from './shop-books.ts';
import { until } from './until.ts';

/* Checkouts of a customer with points, and how they end. */

const needsAction = 'pm_card_threeDSecure2Required';

/** A shop with ten pieces, and a customer with a hundred points. */
export async function openWithPoints(options: ShopOptions = {}): Promise<Shop> {
  const shop = await openShop({ stock: 10, ...options });
  await shop.givePoints(shop.customer, 100);
  return shop;
}

/** Asks for a checkout without waiting for its end; the id of its operation, and of its order. */
export async function begin(shop: Shop, changes: object = {}, key = randomUUID()): Promise<Uuid> {
  const { body } = await shop.api.request('POST', '/v1/checkout', {
    token: shop.tokens.customer,
    headers: { 'Idempotency-Key': key },
    body: {
      customerId: shop.customer,
      vendorId: shop.vendor,
      items: [{ productId: shop.product, quantity: 1 }],
      redeemPoints: 20,
      paymentMethod: 'pm_card_visa',
      ...changes,
    },
  });
  return body.id;
}

/** One whose customer has to act: it waits, with points and stock kept. */
export async function beginWithAction(shop: Shop, changes: object = {}) {
  const id = await begin(shop, { paymentMethod: needsAction, ...changes });
  const operation = await until('the customer has to act', async () => {
    const found = await operationIn(shop, id);
    return found.links.clientSecret !== undefined && found;
  });
  const [intent = ''] = [...shop.book.intents.values()]
    .filter(({ metadata }) => metadata.orderId === id)
    .map((one) => one.id);
  return { id, intent, operation };
}

/** What a checkout of one piece for twenty points has come to, and nothing is left to do. */
export async function expectPaid(shop: Shop): Promise<void> {
  await quiet(shop);
  expect(await stockOf(shop)).toEqual([9, 0, 1]);
  // 2500 - 20 × 50 = 1500: fifteen points.
  expect(await pointsIn(shop)).toEqual({ available: 95, held: 0, pending: 0, debt: 0 });
  expect(await ordersOf(shop)).toMatchObject([{ status: 'paid', loyalty: 'settled' }]);
  expect(await openItems(shop)).toEqual([]);
  await expectAgreement(shop);
}

/** The same, when it was not paid. */
export async function expectReleased(shop: Shop): Promise<void> {
  await quiet(shop);
  expect(await stockOf(shop)).toEqual([10, 0, 0]);
  expect(await pointsIn(shop)).toEqual({ available: 100, held: 0, pending: 0, debt: 0 });
  expect(await ordersOf(shop)).toMatchObject([{ status: 'payment_failed', loyalty: 'none' }]);
  expect(await openItems(shop)).toEqual([]);
  await expectAgreement(shop);
}

/** What Stripe has done although it could not say so. */
export function pay({ book }: Shop, orderId: Uuid, card = 'pm_card_visa'): void {
  const form = { amount: '1500', currency: 'eur', confirm: 'true', payment_method: card };
  createIntent(book, new URLSearchParams({ ...form, 'metadata[orderId]': orderId }));
}
