import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Uuid } from '../../shared/domain/ids.ts';
import { chanceOf, printedSeed } from '../support/chance.ts';
import { type Crew, hireCrew } from '../support/crew.ts';
import { addPeople, settled } from '../support/marketplace.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { chargesOf, expectAgreement, openItems, quiet } from '../support/shop-books.ts';
import { until } from '../support/until.ts';

/*
 * Workers in processes of their own are killed while customers check out: every acknowledged operation has one outcome,
 * no order is charged twice, and what the card network has written down is what we have (004-11, 004-25, 004-44…46).
 */

const cards = ['pm_card_visa', 'pm_card_visa', 'pm_card_visa', 'pm_card_chargeDeclined'];

async function openStaffed(workers: number): Promise<{ readonly shop: Shop; readonly crew: Crew }> {
  const shop = await openShop({ isWorking: false, stock: 300 });
  const { databaseUrl } = shop.api;
  const crew = hireCrew({ databaseUrl, redisUrl: null }, workers, {
    STRIPE_SECRET_KEY: 'sk_test_shop',
    STRIPE_API_BASE: shop.stripe.url,
  });
  return { shop, crew };
}

/** Records an operation without waiting for it. */
async function ask(shop: Shop, token: string, path: string, body: object): Promise<Uuid> {
  const answer = await shop.api.request('POST', path, { token, body, headers: { 'Idempotency-Key': randomUUID() } });
  expect([200, 202]).toContain(answer.status);
  return answer.body.id;
}

/** What a dead process had in hand becomes due again in a minute: nobody waits for that here. */
async function makeDue({ api }: Shop): Promise<void> {
  await api.owner.query(`update outbox set due_at = now() where status = 'waiting'`);
}

async function judge(shop: Shop, crew: Crew, ids: readonly Uuid[], killed: number): Promise<void> {
  await makeDue(shop);
  const operations = await settled({ owner: shop.api.owner }, ids, 120_000);
  await quiet(shop);
  const unanswered = operations.filter(({ outcome, rejection }) => (outcome === null) === (rejection === null));
  expect(unanswered).toEqual([]);
  expect(await openItems(shop)).toEqual([]);
  await expectAgreement(shop);
  expect(crew.deaths().length, crew.deaths().join('\n')).toBe(killed);
  await crew.dismiss();
}

it('charges once, and loses nothing, when workers are killed at random points of checkouts and refunds', async () => {
  const { shop, crew } = await openStaffed(3);
  const chance = chanceOf(printedSeed());
  const customers = Array.from({ length: 12 }, () => randomUUID());
  await addPeople(shop.api, customers);
  const ids: Uuid[] = [];
  for (const userId of customers) {
    const gift = { userId, vendorId: shop.vendor, amount: 200, note: 'to begin with' };
    ids.push(await ask(shop, shop.tokens.admin, '/v1/points/adjustments', gift));
  }
  let isOver = false;
  const shopping = customers.map(async (customerId) => {
    while (!isOver) {
      const items = [{ productId: shop.product, quantity: chance.whole(1, 3) }];
      const redeemPoints = chance.whole(0, 30);
      const wanted = { customerId, vendorId: shop.vendor, items, redeemPoints, paymentMethod: chance.oneOf(cards) };
      const orderId = await ask(shop, shop.tokens.vendor, '/v1/checkout', wanted);
      ids.push(orderId);
      await pause(chance.whole(0, 200));
      if (chance.whole(1, 3) === 1) {
        const amountMinor = chance.whole(1, 1_000);
        const refund = `/v1/orders/${orderId}/refund`;
        ids.push(await ask(shop, shop.tokens.vendor, refund, chance.whole(1, 2) === 1 ? {} : { amountMinor }));
      }
    }
  });
  const telling = (async () => {
    while (!isOver) {
      await shop.tell();
      await pause(300);
    }
  })();

  const faultsEndAt = Date.now() + 8_000;
  let killed = 0;
  while (Date.now() < faultsEndAt) {
    await pause(chance.whole(100, 900));
    await chance.oneOf(crew.members())?.kill();
    killed += 1;
  }
  isOver = true;
  await Promise.all([...shopping, telling]);
  await shop.tell();
  await judge(shop, crew, ids, killed);
  expect(shop.book.charges.size).toBeGreaterThan(0);
});

it('asks again, under the same key, when the worker dies before it hears what the card network has done', async () => {
  const { shop, crew } = await openStaffed(1);
  const wanted = { customerId: shop.customer, vendorId: shop.vendor, paymentMethod: 'pm_card_visa' };
  const items = [{ productId: shop.product, quantity: 2 }];
  shop.stripe.faults.plan('/v1/payment_intents', 'slow');
  const orderId = await ask(shop, shop.tokens.customer, '/v1/checkout', { ...wanted, items });
  await until('it is charged', () => shop.book.charges.size === 1);
  await crew.members()[0]?.kill();
  await makeDue(shop);
  await settled({ owner: shop.api.owner }, [orderId], 60_000);

  shop.stripe.faults.plan('/v1/refunds', 'slow');
  const refundId = await ask(shop, shop.tokens.vendor, `/v1/orders/${orderId}/refund`, { amountMinor: 1_000 });
  await until('it is refunded', () => chargesOf(shop, orderId).every(({ refunded }) => refunded === 1_000));
  await crew.members()[0]?.kill();
  await judge(shop, crew, [orderId, refundId], 2);
  expect(chargesOf(shop, orderId)).toMatchObject([{ amount: 5_000, refunded: 1_000 }]);
});
