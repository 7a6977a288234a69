import { describe, expect, it } from 'vitest';
import { refund } from '../../../bin/demo/fake-stripe/book.ts';
import { confirmIntent } from '../../../bin/demo/fake-stripe/intents.ts';
import type { Shop } from '../../support/shop.ts';
import {
  act,
  chargesOf,
  expectAgreement,
  openItems,
  ordersOf,
  pointsIn,
  quiet,
  runOut,
  stockOf,
  untilStatus,
} from '../../support/shop-books.ts';
import { begin, beginWithAction, expectPaid, openWithPoints } from '../../support/shop-checkouts.ts';
import { until } from '../../support/until.ts';

const lockTimeout = '55P03';

interface Broken {
  readonly errcode?: string;
  /** How often; for ever unless it says otherwise. */
  readonly times?: number;
}

/** Points cannot be settled: whatever spends or earns them fails. */
async function breakPoints({ api }: Shop, { errcode = 'P0001', times = 1_000_000 }: Broken = {}): Promise<void> {
  await api.owner.query(`
    create sequence refusals;
    grant usage on refusals to public;
    create function refuse_points() returns trigger language plpgsql as $$
      begin
        if nextval('refusals') <= ${times} then
          raise exception 'points are out of order' using errcode = '${errcode}';
        end if;
        return new;
      end $$;
    create trigger refuse_points before insert on transfers for each row
      when (new.debit_type in ('earned', 'spent')) execute function refuse_points()`);
}

async function mendPoints({ api }: Shop): Promise<void> {
  await api.owner.query('drop trigger refuse_points on transfers');
}

/** What the points' ledger has about an order. */
async function movesOf({ api }: Shop, orderId: string): Promise<[string, number][]> {
  const { rows } = await api.owner.query<{ debit_type: string; amount: string }>(
    'select debit_type, amount from transfers where reference_id = $1 order by seq',
    [orderId],
  );
  return rows.map(({ debit_type: type, amount }) => [type, Number(amount)]);
}

function refundOf(shop: Shop, orderId: string, wanted: object = {}) {
  return shop.post(shop.tokens.vendor, `/v1/orders/${orderId}/refund`, wanted);
}

describe('points that cannot be settled after the payment', () => {
  it.each([
    ['for good', {}],
    ['by timeouts without end', { errcode: lockTimeout }],
  ])(
    'leave payment and stock as they are when they fail %s; a person is asked, and a retry applies them once (004-18, 004-19, 004-20)',
    async (_, broken) => {
      const shop = await openWithPoints();
      await breakPoints(shop, broken);
      const id = await begin(shop);
      const { outcome } = await untilStatus(shop, id, 'succeeded');
      expect(outcome).toMatchObject({ orderId: id, status: 'paid', totalMinor: 1_500, pointsRedeemed: 20 });
      const item = await until('a person is asked', async () => (await openItems(shop))[0] ?? null);
      expect(item).toMatchObject({ category: 'operation', kind: 'loyalty.apply' });
      for (const word of [id, shop.customer, '15 earned', '20 redeemed']) expect(item.summary).toContain(word);

      expect(await ordersOf(shop)).toMatchObject([{ status: 'paid', loyalty: 'due' }]);
      expect(await stockOf(shop)).toEqual([9, 0, 1]);
      expect(chargesOf(shop, id)).toHaveLength(1);
      // What is redeemed stays held: it is no free discount.
      expect(await pointsIn(shop)).toMatchObject({ available: 80, held: 20 });
      expect((await refundOf(shop, id)).body.rejection).toMatchObject({ code: 'not_refundable' });

      await mendPoints(shop);
      await Promise.all([act(shop, item.id, 'retry'), act(shop, item.id, 'retry')]);
      await until('they are settled', async () => (await ordersOf(shop))[0]?.loyalty === 'settled');
      await act(shop, item.id, 'retry');
      await expectPaid(shop);
      expect(await movesOf(shop, id)).toEqual([
        ['spent', 20],
        ['earned', 15],
      ]);
    },
  );

  it('are tried again together with their sale while that may pass', async () => {
    const shop = await openWithPoints();
    await breakPoints(shop, { errcode: lockTimeout, times: 2 });
    const id = await begin(shop);
    await untilStatus(shop, id, 'succeeded');
    await expectPaid(shop);
    const { rows } = await shop.api.owner.query(
      `select kind, attempts from operations where lane = $1 and kind in ('checkout.settle', 'loyalty.apply')`,
      [shop.customer],
    );
    expect(rows).toEqual([{ kind: 'checkout.settle', attempts: 3 }]);
  });

  it('are dropped when a person says so, and what was held is given back (004-28)', async () => {
    const shop = await openWithPoints();
    await breakPoints(shop);
    const id = await begin(shop);
    await untilStatus(shop, id, 'succeeded');
    const item = await until('a person is asked', async () => (await openItems(shop))[0] ?? null);
    await act(shop, item.id, 'dismiss');
    await until('they are dropped', async () => (await ordersOf(shop))[0]?.loyalty === 'dropped');
    await quiet(shop);
    expect(await pointsIn(shop)).toEqual({ available: 100, held: 0, pending: 0, debt: 0 });
    expect(await movesOf(shop, id)).toEqual([]);
    await expectAgreement(shop);

    await mendPoints(shop);
    const { body } = await refundOf(shop, id);
    expect(body.outcome).toMatchObject({ refundedMinor: 1_500, pointsReturned: 0, pointsReversed: 0 });
    await expectAgreement(shop);
  });
});

describe('the kill switch (004-39)', () => {
  it('stops points, and nothing else', async () => {
    const shop = await openWithPoints();
    await shop.putVendor({ enabled: false });
    const redeeming = await shop.checkOut({ redeemPoints: 20 });
    expect(redeeming.body.rejection).toMatchObject({
      code: 'insufficient_points',
      details: { available: 0, requested: 20 },
    });
    const plain = await shop.checkOut();
    expect(plain.body).toMatchObject({ status: 'succeeded', outcome: { totalMinor: 2_500, pointsEarned: 0 } });
    expect(await pointsIn(shop)).toMatchObject({ available: 100 });
    expect(await openItems(shop)).toEqual([]);
    await expectAgreement(shop);
  });

  it('thrown between checkout and payment, puts the points off until it is switched back', async () => {
    const shop = await openWithPoints();
    const { id, intent } = await beginWithAction(shop);
    await shop.putVendor({ enabled: false });
    confirmIntent(shop.book, intent);
    await shop.tell();
    await untilStatus(shop, id, 'succeeded');
    const item = await until('a person is asked', async () => (await openItems(shop))[0] ?? null);
    expect(item.kind).toBe('loyalty.apply');
    expect(await ordersOf(shop)).toMatchObject([{ status: 'paid', loyalty: 'due' }]);

    await shop.putVendor();
    await act(shop, item.id, 'retry');
    await until('they are settled', async () => (await ordersOf(shop))[0]?.loyalty === 'settled');
    await expectPaid(shop);
  });
});

describe('a refund', () => {
  it('that is refused by the card network, because more has gone back there, moves what that moves', async () => {
    const shop = await openWithPoints();
    const id = await begin(shop);
    await untilStatus(shop, id, 'succeeded');
    // Somebody has sent a part back by hand, at Stripe.
    for (const charge of chargesOf(shop, id)) refund(shop.book, charge, 1_000);
    const items = [{ productId: shop.product, quantity: 1 }];
    const { body } = await refundOf(shop, id, { returnItems: items });
    expect(body).toMatchObject({
      status: 'rejected',
      rejection: { code: 'not_refundable', details: { reason: 'charge_already_refunded' } },
    });
    await quiet(shop);
    expect(await ordersOf(shop)).toMatchObject([{ status: 'partially_refunded', refunded: 1_000 }]);
    // What was to come back with it does not.
    expect(await stockOf(shop)).toEqual([9, 0, 1]);
    expect(await pointsIn(shop)).toEqual({ available: 98, held: 0, pending: 0, debt: 0 });
    // What was refused is not on its way any more.
    expect((await refundOf(shop, id, { amountMinor: 500 })).body).toMatchObject({
      outcome: { refundedMinor: 500, pointsReturned: 7, pointsReversed: 5 },
    });
    await expectAgreement(shop);
  });

  it('whose answer is lost is made once', async () => {
    const shop = await openWithPoints();
    const id = await begin(shop);
    await untilStatus(shop, id, 'succeeded');
    for (let time = 0; time < 4; time += 1) shop.stripe.faults.plan('/v1/refunds', 'lost');
    expect((await refundOf(shop, id, { amountMinor: 700 })).body).toMatchObject({ outcome: { refundedMinor: 700 } });
    expect(chargesOf(shop, id)).toMatchObject([{ refunded: 700 }]);
    await expectAgreement(shop);
  });

  it('does not let two on their way return the same pieces', async () => {
    const shop = await openWithPoints();
    const id = await begin(shop);
    await untilStatus(shop, id, 'succeeded');
    shop.stripe.faults.plan('/v1/refunds', 'slow');
    const wanted = { amountMinor: 100, returnItems: [{ productId: shop.product, quantity: 1 }] };
    const first = refundOf(shop, id, wanted);
    await until('it has been made', () => chargesOf(shop, id).every(({ refunded }) => refunded === 100));
    expect((await refundOf(shop, id, wanted)).body).toMatchObject({ rejection: { code: 'not_refundable' } });
    shop.stripe.faults.release();
    expect((await first).body.status).toBe('succeeded');
    await quiet(shop);
    expect(await stockOf(shop)).toEqual([10, 0, 0]);
    expect(await openItems(shop)).toEqual([]);
    await expectAgreement(shop);
  });

  it('takes back earned points that are spent already as a debt, which the next earnings repay', async () => {
    const shop = await openWithPoints();
    const id = await begin(shop);
    await untilStatus(shop, id, 'succeeded');
    await shop.givePoints(shop.customer, -90);
    expect(await pointsIn(shop)).toMatchObject({ available: 5, debt: 0 });

    // Twenty come back first, of which fifteen are taken: nothing is owed. So they are spent, too.
    const { body } = await refundOf(shop, id, { amountMinor: 750 });
    expect(body.outcome).toMatchObject({ pointsReturned: 10, pointsReversed: 7 });
    await shop.givePoints(shop.customer, -8);
    const second = await shop.checkOut();
    expect(second.body.outcome).toMatchObject({ pointsEarned: 25, pointsBalance: 25 });
    await shop.givePoints(shop.customer, -25);
    expect((await refundOf(shop, second.body.outcome.orderId)).body.outcome).toMatchObject({ pointsReversed: 25 });
    expect(await pointsIn(shop)).toEqual({ available: 0, held: 0, pending: 0, debt: 25 });

    const third = await shop.checkOut({ items: [{ productId: shop.product, quantity: 2 }] });
    expect(third.body.outcome).toMatchObject({ pointsEarned: 50, pointsBalance: 25 });
    expect(await pointsIn(shop)).toEqual({ available: 25, held: 0, pending: 0, debt: 0 });
    await expectAgreement(shop);
  });
});

describe('points with dates', () => {
  it('cannot be spent before the return window is over, and are the first to be taken back', async () => {
    const shop = await openWithPoints({ loyalty: { pendingDays: 14 } });
    const paid = await shop.checkOut({ items: [{ productId: shop.product, quantity: 2 }] });
    expect(await pointsIn(shop)).toEqual({ available: 100, held: 0, pending: 50, debt: 0 });
    const { body } = await shop.checkOut({ items: [{ productId: shop.product, quantity: 3 }], redeemPoints: 120 });
    expect(body.rejection.details).toEqual({ available: 100, requested: 120 });

    await refundOf(shop, paid.body.outcome.orderId, { amountMinor: 2_500 });
    expect(await pointsIn(shop)).toEqual({ available: 100, held: 0, pending: 25, debt: 0 });
    await shop.api.owner.query('update lots set spendable_from = now()');
    const later = await shop.checkOut({ items: [{ productId: shop.product, quantity: 3 }], redeemPoints: 120 });
    expect(later.body).toMatchObject({ status: 'succeeded', outcome: { pointsRedeemed: 120, pointsEarned: 15 } });
    await expectAgreement(shop);
  });

  it('come back into lots that they have emptied, by their own release, or for whoever needs them before it', async () => {
    const shop = await openWithPoints({ loyalty: { expiresAfterDays: 30 } });
    await shop.givePoints(shop.customer, -100);
    await shop.checkOut();
    const declined = await shop.checkOut({ redeemPoints: 25, paymentMethod: 'pm_card_chargeDeclined' });
    expect(declined.body).toMatchObject({ status: 'rejected', rejection: { code: 'payment_failed' } });
    await quiet(shop);
    expect(await pointsIn(shop)).toMatchObject({ available: 25, held: 0 });

    const second = await beginWithAction(shop, { redeemPoints: 25 });
    await shop.api.owner.query('update orders set reserved_until = now() where id = $1', [second.id]);
    expect((await shop.checkOut({ redeemPoints: 25 })).body).toMatchObject({ status: 'succeeded' });
    await expectAgreement(shop);
  });

  it('end after their days; held ones do not end, and come back for a while', async () => {
    const shop = await openWithPoints({ loyalty: { expiresAfterDays: 30 } });
    await shop.givePoints(shop.customer, -100);
    await shop.checkOut();
    expect(await pointsIn(shop)).toMatchObject({ available: 25 });
    const { id } = await beginWithAction(shop, { redeemPoints: 20 });
    await shop.api.owner.query('update lots set expires_at = now()');
    const { body } = await shop.checkOut({ redeemPoints: 5 });
    expect(body.rejection.details).toEqual({ available: 0, requested: 5 });

    await runOut(shop, id);
    await untilStatus(shop, id, 'rejected');
    expect(await pointsIn(shop)).toMatchObject({ available: 20, held: 0 });
  });
});
