import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { pointsOf } from '../../../shared/domain/shop.ts';
import { addPeople } from '../../support/marketplace.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import { expectAgreement, openItems, pointsIn, stockOf } from '../../support/shop-books.ts';
import { until } from '../../support/until.ts';

const codeOf = ({ body }: { body: { status: string; rejection: { code: string } | null } }) =>
  body.rejection?.code ?? body.status;

async function untilRecorded({ api }: Shop, count: number): Promise<void> {
  await until(`${count} checkouts are recorded`, async () => {
    const { rows } = await api.owner.query(`select from operations where kind = 'checkout.create'`);
    return rows.length === count;
  });
}

it('lets one of 50 parallel checkouts redeem the same 100 points, and charges for that one (004-10, 004-11, 004-25)', async () => {
  const shop = await openShop();
  await shop.givePoints(shop.customer, 100);
  const items = [{ productId: shop.product, quantity: 3 }];
  const answers = await Promise.all(Array.from({ length: 50 }, () => shop.checkOut({ items, redeemPoints: 100 })));

  const paid = answers.filter(({ body }) => body.status === 'succeeded');
  expect(paid.map(({ body }) => body.outcome)).toMatchObject([{ totalMinor: 2_500, pointsRedeemed: 100 }]);
  const rejected = answers.filter(({ body }) => body.status === 'rejected');
  expect(rejected).toHaveLength(49);
  for (const { body } of rejected) expect(body.rejection.code).toBe('insufficient_points');

  expect(shop.stripe.calls.filter((call) => call === 'POST /v1/payment_intents')).toHaveLength(1);
  expect(shop.book.charges.size).toBe(1);
  expect(await openItems(shop)).toEqual([]);
  expect(await pointsIn(shop)).toEqual({ available: 25, held: 0, pending: 0, debt: 0 });
  expect(await stockOf(shop)).toEqual([97, 0, 3]);
  await expectAgreement(shop);
});

it('says to those that come second: "Available: 0, Requested: 100", whichever worker decides (004-12, 004-24, 004-25)', async () => {
  const shop = await openShop({ isWorking: false });
  const first = shop.startWorker();
  await shop.givePoints(shop.customer, 100);
  await first.close();
  const items = [{ productId: shop.product, quantity: 3 }];
  const asked = Array.from({ length: 50 }, () => shop.checkOut({ items, redeemPoints: 100 }));
  // Their payments come behind all of them in the lane: none of the points that the first one earns are there yet.
  await untilRecorded(shop, 50);
  shop.startWorker();
  shop.startWorker();
  const answers = await Promise.all(asked);

  const rejections = answers.flatMap(({ body }) => body.rejection ?? []);
  expect(rejections).toHaveLength(49);
  for (const rejection of rejections) {
    expect(rejection).toEqual({
      code: 'insufficient_points',
      message: 'Insufficient loyalty points. Available: 0, Requested: 100',
      details: { available: 0, requested: 100 },
    });
  }
  expect(shop.book.intents.size).toBe(1);
  expect(await openItems(shop)).toEqual([]);
  await expectAgreement(shop);
});

it('sells the last ten pieces to ten of 200 who check out at once (004-05, 004-07)', async () => {
  const shop = await openShop({ stock: 10 });
  shop.startWorker();
  const customers = Array.from({ length: 200 }, () => randomUUID());
  await addPeople(shop.api, customers);
  const answers = await Promise.all(customers.map((customerId) => shop.checkOut({ customerId }, shop.tokens.vendor)));

  const count = (code: string) => answers.filter((answer) => codeOf(answer) === code).length;
  expect([count('succeeded'), count('out_of_stock')]).toEqual([10, 190]);
  for (const { body } of answers.filter((answer) => codeOf(answer) === 'out_of_stock')) {
    expect(body.rejection.details).toEqual({ productId: shop.product, available: 0, requested: 1 });
  }
  expect(await stockOf(shop)).toEqual([0, 0, 10]);
  expect(shop.book.charges.size).toBe(10);
  expect(await openItems(shop)).toEqual([]);
  await expectAgreement(shop);
});

it('waits for whoever has the points in hand (004-26)', async () => {
  const shop = await openShop();
  await shop.givePoints(shop.customer, 100);
  const points = pointsOf({ customerId: shop.customer, vendorId: shop.vendor });
  const first = await shop.api.owner.connect();
  await first.query('begin');
  await first.query('select from accounts where id = $1 for update', [points]);
  const second = shop.checkOut({ redeemPoints: 10 });
  await until('it waits', async () => {
    const { rows } = await shop.api.owner.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
  expect(shop.book.intents.size).toBe(0);
  await first.query('commit');
  first.release();
  expect((await second).body).toMatchObject({ status: 'succeeded', outcome: { pointsBalance: 110 } });
});
