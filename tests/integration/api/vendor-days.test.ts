import { expect, it } from 'vitest';
import { openShop } from '../../support/shop.ts';

it('add up what was paid, what points took off, and what went back (004-10)', async () => {
  const shop = await openShop();
  await shop.givePoints(shop.customer, 100);
  const first = await shop.checkOut({ items: [{ productId: shop.product, quantity: 2 }], redeemPoints: 50 });
  await shop.checkOut();
  await shop.checkOut({ paymentMethod: 'pm_card_chargeDeclined' });
  await shop.post(shop.tokens.vendor, first.body.links.order.concat('/refund'), { amountMinor: 1_000 });

  // Whatever midnight comes between.
  await shop.api.owner.query(`update orders set paid_at = '2026-03-29T23:59:59Z' where paid_at is not null`);
  const read = (token: string, query = 'from=2026-03-29&to=2026-03-29') =>
    shop.api.request('GET', `/v1/vendors/${shop.vendor}/days?${query}`, { token });
  const sums = { orders: 2, subtotalMinor: 7_500, discountMinor: 2_500, totalMinor: 5_000, refundedMinor: 1_000 };
  const day = { day: '2026-03-29', ...sums, pointsRedeemed: 50, pointsEarned: 50 };
  expect((await read(shop.tokens.vendor)).body).toEqual([day]);
  expect((await read(shop.tokens.admin)).body).toEqual([day]);
  expect((await read(shop.tokens.vendor, 'from=2020-01-01&to=2020-12-31')).body).toEqual([]);

  expect((await read(shop.tokens.customer)).status).toBe(404);
  expect((await read(shop.tokens.vendor, 'from=2026-01-02&to=2026-01-01')).status).toBe(400);
  expect((await read(shop.tokens.vendor, 'from=2020-01-01&to=2026-01-01')).status).toBe(400);
  expect((await read(shop.tokens.vendor, 'from=2026-02-31&to=2026-03-01')).status).toBe(400);
  expect((await read(shop.tokens.vendor, 'from=0000-01-01&to=0000-01-01')).status).toBe(400);
});
