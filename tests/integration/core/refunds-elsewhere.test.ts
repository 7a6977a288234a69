import { expect, it } from 'vitest';
import { closeDispute, failRefund, openDispute, refund } from '../../../bin/demo/fake-stripe/book.ts';
import { sendEvents } from '../../../bin/demo/fake-stripe/webhooks.ts';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { orderNumberOf } from '../../../shared/domain/shop.ts';
import { type Shop, webhookSecret } from '../../support/shop.ts';
import {
  act,
  chargesOf,
  expectAgreement,
  openItems,
  ordersOf,
  pointsIn,
  quiet,
  stockOf,
  tellAgain,
  untilStatus,
} from '../../support/shop-books.ts';
import { begin, openWithPoints, pay } from '../../support/shop-checkouts.ts';
import { until } from '../../support/until.ts';

/* What has gone back of an order without us, in Stripe's dashboard, and what came back to Stripe after it had gone. */

/** An order of 1500 that was paid with twenty points besides, and has earned fifteen. */
async function openWithOrder() {
  const shop = await openWithPoints();
  const id = await begin(shop);
  await untilStatus(shop, id, 'succeeded');
  await shop.tell();
  return { shop, id, charge: chargeOf(shop, id) };
}

function chargeOf(shop: Shop, id: Uuid) {
  const [charge] = chargesOf(shop, id);
  if (charge === undefined) throw new Error('nothing was charged');
  return charge;
}

/** What waits has waited for as long as anything waits before a person is asked. */
async function outwait({ api }: Shop): Promise<void> {
  await api.owner.query(`update stripe_events set received_at = received_at - interval '1 minute'`);
}

const refundsOf = async ({ api }: Shop) =>
  (await api.owner.query(`select amount_minor::int as amount, status from order_refunds order by created_at`)).rows;

it('is a refund like one of ours, told as often as may be: points go with it, and the rest can be refunded here', async () => {
  const { shop, id, charge } = await openWithOrder();
  refund(shop.book, charge, 600);
  await shop.tell();
  await tellAgain(shop);
  await quiet(shop);
  expect(await ordersOf(shop)).toMatchObject([{ status: 'partially_refunded', refunded: 600 }]);
  expect(await refundsOf(shop)).toEqual([{ amount: 600, status: 'done' }]);
  // Eight of the twenty are back, six of the fifteen gone.
  expect(await pointsIn(shop)).toMatchObject({ available: 97, debt: 0 });
  expect(await stockOf(shop)).toEqual([9, 0, 1]);
  await expectAgreement(shop);

  const { body } = await shop.post(shop.tokens.vendor, `/v1/orders/${id}/refund`, {});
  expect(body).toMatchObject({ status: 'succeeded', outcome: { refundedMinor: 900, pointsReturned: 12 } });
  await shop.tell();
  await tellAgain(shop);
  await quiet(shop);
  expect(await ordersOf(shop)).toMatchObject([{ status: 'refunded', refunded: 1_500 }]);
  expect(await pointsIn(shop)).toMatchObject({ available: 100, debt: 0 });
  expect(await openItems(shop)).toEqual([]);
  await expectAgreement(shop);
});

it('is known by its total: two, of which the later is told first, are what they come to', async () => {
  const { shop, charge } = await openWithOrder();
  const before = shop.book.events.length;
  refund(shop.book, charge, 300);
  refund(shop.book, charge, 200);
  await sendEvents(shop.api.url, webhookSecret, shop.book.events.slice(before).reverse());
  await quiet(shop);
  expect(await refundsOf(shop)).toEqual([{ amount: 500, status: 'done' }]);
  await expectAgreement(shop);
});

it('waits for the sale of which it is, should that not be recorded yet', async () => {
  const shop = await openWithPoints();
  shop.stripe.faults.plan('/v1/payment_intents', 'slow');
  const id = await begin(shop);
  await until('it is charged', () => shop.book.charges.size === 1);
  const before = shop.book.events.length;
  refund(shop.book, chargeOf(shop, id), 500);
  await sendEvents(shop.api.url, webhookSecret, shop.book.events.slice(before));
  expect(await refundsOf(shop)).toEqual([]);
  shop.stripe.faults.release();
  await untilStatus(shop, id, 'succeeded');
  await outwait(shop);
  await until('the refund is recorded', async () => (await refundsOf(shop)).length === 1);
  await shop.tell();
  await quiet(shop);
  expect(await openItems(shop)).toEqual([]);
  await expectAgreement(shop);
});

it.each([
  ['of ours', true],
  ['from the dashboard', false],
])('asks a person when a refund %s that was done has failed after all', async (_, isOurs) => {
  const { shop, id, charge } = await openWithOrder();
  const metadata: Record<string, string> = {};
  if (isOurs) {
    const { body } = await shop.post(shop.tokens.vendor, `/v1/orders/${id}/refund`, { amountMinor: 500 });
    expect(body.status).toBe('succeeded');
    Object.assign(metadata, { orderId: id, refundId: body.id });
  } else {
    refund(shop.book, charge, 500);
    await shop.tell();
    await until('it is recorded', async () => (await refundsOf(shop)).length === 1);
  }
  failRefund(shop.book, charge, 500, metadata);
  await shop.tell();
  // Written again, and so found after the other one; it is the earlier one still.
  await shop.api.owner.query(`update stripe_events set asked_at = now() where type = 'refund.failed'`);
  await outwait(shop);
  const [item] = await until('a person is asked', async () => {
    const items = await openItems(shop);
    return items.length > 0 && items;
  });
  expect(item).toMatchObject({ category: 'payment', kind: 'refund.failed' });

  // What they send by another way is no other refund.
  refund(shop.book, charge, 500);
  await shop.tell();
  await act(shop, item?.id ?? '', 'resolve');
  await quiet(shop);
  expect(await refundsOf(shop)).toEqual([{ amount: 500, status: 'done' }]);
  expect(await openItems(shop)).toEqual([]);
  await expectAgreement(shop);
});

it('is noticed when one of ours is refused because of it, told or not', async () => {
  const { shop, id, charge } = await openWithOrder();
  refund(shop.book, charge, 1_500);
  const { body } = await shop.post(shop.tokens.vendor, `/v1/orders/${id}/refund`, { amountMinor: 500 });
  expect(body).toMatchObject({ status: 'rejected', rejection: { code: 'not_refundable' } });
  await quiet(shop);
  const refunds = [
    { amount: 500, status: 'failed' },
    { amount: 1_500, status: 'done' },
  ];
  expect(await refundsOf(shop)).toEqual(refunds);
  expect(await ordersOf(shop)).toMatchObject([{ status: 'refunded', refunded: 1_500 }]);

  // Who asked for it has been told: nobody else need be.
  failRefund(shop.book, charge, 0, { orderId: id, refundId: body.id });
  await shop.tell();
  await outwait(shop);
  await until('nothing waits', async () => {
    const { rows } = await shop.api.owner.query(`select from stripe_events where status = 'waiting'`);
    return rows.length === 0;
  });
  await quiet(shop);
  expect(await refundsOf(shop)).toEqual(refunds);
  expect(await openItems(shop)).toEqual([]);
  await expectAgreement(shop);
});

it('counts again what it was counted with: one of ours on its way that was refused then', async () => {
  const { shop, id, charge } = await openWithOrder();
  shop.stripe.faults.plan('/v1/refunds', 'slow');
  const asking = shop.post(shop.tokens.vendor, `/v1/orders/${id}/refund`, { amountMinor: 500 });
  refund(shop.book, charge, 1_500);
  await until('it is on its way', async () => (await refundsOf(shop)).length === 1);
  await shop.tell();
  await until('the rest is recorded', async () => (await refundsOf(shop)).length === 2);
  await until('Stripe is asked', () => shop.stripe.calls.includes('POST /v1/refunds'));
  shop.stripe.faults.release();
  expect((await asking).body.status).toBe('rejected');
  await quiet(shop);
  expect(await refundsOf(shop)).toEqual([
    { amount: 500, status: 'failed' },
    { amount: 1_000, status: 'done' },
    { amount: 500, status: 'done' },
  ]);
  expect(await pointsIn(shop)).toMatchObject({ available: 100, debt: 0 });
  await expectAgreement(shop);
});

it('does not count one of ours with it that was refused for another cause', async () => {
  const { shop, id, charge } = await openWithOrder();
  shop.stripe.faults.plan('/v1/refunds', 'slow');
  charge.refunded = charge.amount;
  const asking = shop.post(shop.tokens.vendor, `/v1/orders/${id}/refund`, { amountMinor: 500 });
  await until('Stripe has refused it', () => shop.stripe.calls.includes('POST /v1/refunds'));
  charge.refunded = 0;
  shop.stripe.faults.release();
  expect((await asking).body.status).toBe('rejected');
  refund(shop.book, charge, 300);
  await shop.tell();
  await quiet(shop);
  expect(await refundsOf(shop)).toEqual([
    { amount: 500, status: 'failed' },
    { amount: 300, status: 'done' },
  ]);
  await expectAgreement(shop);
});

it('is none of the order when it is of a second payment, about which a person has been asked', async () => {
  const { shop, id } = await openWithOrder();
  pay(shop, id);
  await shop.tell();
  const second = chargesOf(shop, id).at(-1);
  if (second !== undefined) refund(shop.book, second, 1_500);
  await shop.tell();
  await quiet(shop);
  expect(await refundsOf(shop)).toEqual([]);
  expect(await ordersOf(shop)).toMatchObject([{ status: 'paid', refunded: 0 }]);
});

it('asks a person about a dispute, and moves nothing; one that is won is settled by itself', async () => {
  const { shop, id, charge } = await openWithOrder();
  const dispute = openDispute(shop.book, charge);
  await shop.tell();
  await outwait(shop);
  const [item] = await until('a person is asked', async () => {
    const found = await openItems(shop);
    return found.length > 0 && found;
  });
  const error = `1500 of order ${orderNumberOf(id)} is disputed`;
  expect(item).toMatchObject({ category: 'payment', kind: 'charge.dispute.created', error });

  closeDispute(shop.book, dispute, 'won');
  await shop.tell();
  await quiet(shop);
  expect(await openItems(shop)).toEqual([]);
  expect(await ordersOf(shop)).toMatchObject([{ status: 'paid', refunded: 0 }]);
  await expectAgreement(shop);
});
