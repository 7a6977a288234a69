import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { confirmIntent } from '../../../bin/demo/fake-stripe/intents.ts';
import { addPeople } from '../../support/marketplace.ts';
import type { ShopOptions } from '../../support/shop.ts';
import {
  act,
  chargesOf,
  expectAgreement,
  openItems,
  operationIn,
  ordersOf,
  pointsIn,
  quiet,
  runOut,
  stockOf,
  tellAgain,
  untilStatus,
} from '../../support/shop-books.ts';
import {
  begin,
  beginWithAction,
  expectPaid,
  expectReleased,
  openWithPoints,
  pay,
} from '../../support/shop-checkouts.ts';
import { until } from '../../support/until.ts';

/*
 * Payments of which nothing is known, and those that come when nobody expects them any more.
 */

describe('a stored 500 of which nothing is known', () => {
  /** It waits for a person, with points and stock held, whatever the time. */
  async function beginUnknown() {
    const shop = await openWithPoints();
    shop.stripe.faults.plan('/v1/payment_intents', 'stored_500');
    const id = await begin(shop);
    await untilStatus(shop, id, 'reconciling');
    const [item] = await openItems(shop);
    expect(item).toMatchObject({ category: 'operation', kind: 'checkout.create', subject: id });
    expect(await stockOf(shop)).toEqual([9, 1, 0]);
    expect(await pointsIn(shop)).toMatchObject({ available: 80, held: 20 });
    expect(await ordersOf(shop)).toMatchObject([{ id, status: 'awaiting_payment' }]);
    const { rows } = await shop.api.owner.query('select reserved_until from orders');
    expect(rows).toEqual([{ reserved_until: null }]);
    return { shop, id, itemId: item?.id ?? '' };
  }

  it('asks a person; retried, it is asked for again, and waits again as long as nothing is known (004-20)', async () => {
    const { shop, id, itemId } = await beginUnknown();
    await act(shop, itemId, 'retry');
    await act(shop, itemId, 'retry');
    await until('it has come back', async () => {
      const { body } = await shop.api.request('GET', `/v1/reconciliation/${itemId}`, { token: shop.tokens.admin });
      return body.history.some(({ action }: { action: string }) => action === 'reopened');
    });
    expect(await operationIn(shop, id)).toMatchObject({ status: 'reconciling' });
    expect(await stockOf(shop)).toEqual([9, 1, 0]);

    pay(shop, id);
    await act(shop, itemId, 'retry');
    await untilStatus(shop, id, 'succeeded');
    await expectPaid(shop);
  });

  it('ends by a webhook that comes after all', async () => {
    const { shop, id } = await beginUnknown();
    pay(shop, id);
    await shop.tell();
    await untilStatus(shop, id, 'succeeded');
    await expectPaid(shop);
  });

  it.each(['resolve', 'dismiss'] as const)(
    'is closed by a person who says %s: it gives back what it keeps',
    async (action) => {
      const { shop, id, itemId } = await beginUnknown();
      await act(shop, itemId, action);
      await act(shop, itemId, action);
      await until('it is given back', async () => (await ordersOf(shop))[0]?.status === 'payment_failed');
      expect(await operationIn(shop, id)).toMatchObject({ status: 'resolved' });
      await expectReleased(shop);
    },
  );
});

it('keeps what is redeemed in a sale that could not be settled until a person has it applied again (004-20, 004-29)', async () => {
  const shop = await openWithPoints();
  await shop.api.owner.query(`
    create function refuse_sales() returns trigger language plpgsql as
      $$ begin raise exception 'sales are out of order'; end $$;
    create trigger refuse_sales before update on orders for each row
      when (new.status = 'paid') execute function refuse_sales()`);
  const id = await begin(shop);
  const item = await until('a person is asked', async () => (await openItems(shop))[0] ?? null);
  expect(item.kind).toBe('checkout.settle');
  expect(await pointsIn(shop)).toMatchObject({ available: 80, held: 20 });

  await shop.api.owner.query('drop trigger refuse_sales on orders');
  await act(shop, item.id, 'retry');
  await untilStatus(shop, id, 'succeeded');
  await expectPaid(shop);
});

describe('a payment that comes too late', () => {
  /** It was paid, and nobody has told before its time was over. */
  async function payLate(changes: object = {}, options: ShopOptions = {}) {
    const shop = await openWithPoints(options);
    const { id, intent } = await beginWithAction(shop, changes);
    confirmIntent(shop.book, intent);
    await runOut(shop, id);
    await untilStatus(shop, id, 'rejected');
    await quiet(shop);
    return { shop, id };
  }

  it('finds stock and points again: the order is paid after all, once', async () => {
    const { shop, id } = await payLate();
    await shop.tell();
    await until('it is settled', async () => (await ordersOf(shop))[0]?.loyalty === 'settled');
    await tellAgain(shop);
    await expectPaid(shop);
    // What its caller was told stays said.
    expect(await operationIn(shop, id)).toMatchObject({ status: 'rejected' });
  });

  it('finds the stock gone: the money goes back, once', async () => {
    const { shop, id } = await payLate({}, { stock: 1 });
    const other = randomUUID();
    await addPeople(shop.api, [other]);
    expect((await shop.checkOut({ customerId: other }, shop.tokens.vendor)).body.status).toBe('succeeded');
    await shop.tell();
    await until('it goes back', () => chargesOf(shop, id).every(({ refunded }) => refunded === 1_500));
    await tellAgain(shop);
    await quiet(shop);
    expect(await stockOf(shop)).toEqual([0, 0, 1]);
    expect(await pointsIn(shop)).toMatchObject({ available: 100, held: 0 });
    expect(await openItems(shop)).toEqual([]);
    await expectAgreement(shop);
  });

  it('finds the points gone: the money goes back, and the stock stays (004-11)', async () => {
    const { shop, id } = await payLate();
    await shop.givePoints(shop.customer, -90);
    await shop.tell();
    await until('it goes back', () => chargesOf(shop, id).every(({ refunded }) => refunded === 1_500));
    await tellAgain(shop);
    await quiet(shop);
    expect(await stockOf(shop)).toEqual([10, 0, 0]);
    expect(await pointsIn(shop)).toMatchObject({ available: 10, held: 0 });
    expect(await openItems(shop)).toEqual([]);
    await expectAgreement(shop);
  });
});
