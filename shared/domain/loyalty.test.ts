import { describe, expect, it } from 'vitest';
import { idOf } from '../../tests/support/builders.ts';
import { aPaidOrder, someRules } from '../../tests/support/shop-builders.ts';
import { asksForHistory, bonusFor, pointsFor, quote, shareOf, tierOf } from './loyalty.ts';

const nobody = { paidOrders: 0, earnedInYear: 0 };
const tiers = [
  { name: 'bronze', fromPoints: 0, earnPercent: 100 },
  { name: 'silver', fromPoints: 500, earnPercent: 150 },
  { name: 'gold', fromPoints: 2_000, earnPercent: 233 },
];

describe('what an order comes to', () => {
  const lines = [
    { unitPriceMinor: 1_999, quantity: 2 },
    { unitPriceMinor: 501, quantity: 1 },
  ];

  it('is priced here: what points take off, what is left, and what that earns (004-02, 004-22, 004-23)', () => {
    const wanted = { rules: someRules(), history: nobody, currency: 'EUR', lines };
    expect(quote({ ...wanted, redeemPoints: 0 })).toEqual({
      subtotalMinor: 4_499,
      discountMinor: 0,
      totalMinor: 4_499,
      pointsEarned: 44,
    });
    expect(quote({ ...wanted, redeemPoints: 50 })).toEqual({
      subtotalMinor: 4_499,
      discountMinor: 2_500,
      totalMinor: 1_999,
      pointsEarned: 19,
    });
    expect(quote({ ...wanted, redeemPoints: 100 })).toMatchObject({ totalMinor: -501, pointsEarned: 0 });
  });
});

describe('points for what is paid', () => {
  it.each([
    ['EUR', 10_000, 2_550, 25],
    ['EUR', 10_000, 99, 0],
    ['EUR', 15_000, 1_000, 15],
    ['EUR', 3_333, 10_000, 33],
    ['EUR', 1, 99_999_999, 99],
    ['JPY', 10_000, 2_550, 2_550],
    ['JPY', 100, 2_550, 25],
    ['KWD', 10_000, 2_999, 2],
    ['KWD', 10_000, 999, 0],
    ['EUR', 10_000, 0, 0],
    ['EUR', 10_000, -100, 0],
  ])('%s, %i ten-thousandths of a point a unit, %i minor units: %i', (currency, perUnitE4, totalMinor, points) => {
    expect(pointsFor(someRules({ perUnitE4 }), nobody, { currency, totalMinor })).toBe(points);
  });

  it('are more in a higher tier, rounded once', () => {
    const rules = someRules({ tiers });
    const earned = (earnedInYear: number, totalMinor: number) =>
      pointsFor(rules, { paidOrders: 9, earnedInYear }, { currency: 'EUR', totalMinor });
    expect([earned(0, 1_100), earned(499, 1_100), earned(500, 1_100), earned(2_000, 1_100)]).toEqual([11, 11, 16, 25]);
  });

  it('are none while loyalty is switched off (004-39)', () => {
    const rules = someRules({ enabled: false, firstOrderBonus: 50 });
    expect(pointsFor(rules, nobody, { currency: 'EUR', totalMinor: 5_000 })).toBe(0);
    expect(bonusFor(rules, nobody)).toBe(0);
  });
});

it('reaches the highest tier whose points there are', () => {
  const tierAt = (earnedInYear: number) => tierOf(someRules({ tiers }), { paidOrders: 0, earnedInYear })?.name ?? null;
  expect([-1, 0, 499, 500, 1_999, 2_000].map(tierAt)).toEqual([null, 'bronze', 'bronze', 'silver', 'silver', 'gold']);
  expect(tierOf(someRules(), nobody)).toBeNull();
});

it('gives a bonus for the first paid order only', () => {
  const rules = someRules({ firstOrderBonus: 50 });
  expect([0, 1].map((paidOrders) => bonusFor(rules, { paidOrders, earnedInYear: 0 }))).toEqual([50, 0]);
});

it('asks for what a customer has been only where that matters', () => {
  expect(asksForHistory(someRules())).toBe(false);
  expect(asksForHistory(someRules({ tiers }))).toBe(true);
  expect(asksForHistory(someRules({ firstOrderBonus: 1 }))).toBe(true);
  expect(asksForHistory(someRules({ enabled: false, tiers, firstOrderBonus: 1 }))).toBe(false);
});

describe('the points that move with a refund', () => {
  it.each([
    [[1, 1, 1], 3, 10, 7],
    [[333, 333, 334], 1_000, 100, 99],
    [[1, 999], 1_000, 1, 1],
    [[999, 1], 1_000, 1, 1],
    [[10, 20, 30, 40], 100, 7, 13],
    [[1_000], 1_000, 40, 25],
  ])(
    '%j of %i: never more than the share so far, and the whole in the end',
    (amounts, totalMinor, redeemed, earned) => {
      let order = aPaidOrder({ totalMinor, pointsRedeemed: redeemed, pointsEarned: earned });
      const moved = { returned: 0, reversed: 0 };
      amounts.forEach((amountMinor, nth) => {
        const { returned, reversed } = shareOf(order, amountMinor);
        expect(Math.min(returned, reversed)).toBeGreaterThanOrEqual(0);
        moved.returned += returned;
        moved.reversed += reversed;
        const refundedMinor = order.refundedMinor + amountMinor;
        expect(moved.returned).toBeLessThanOrEqual((redeemed * refundedMinor) / totalMinor);
        const done = { pointsReturned: returned, pointsReversed: reversed, returns: [], status: 'done' } as const;
        const refunds = [...order.refunds, { id: idOf(`refund ${nth}`), amountMinor, ...done }];
        order = { ...order, refundedMinor, refunds };
      });
      expect(moved).toEqual({ returned: redeemed, reversed: earned });
    },
  );

  it('are all of them where there was nothing to pay', () => {
    expect(shareOf(aPaidOrder({ totalMinor: 0, pointsRedeemed: 40, pointsEarned: 5 }), 0)).toEqual({
      returned: 40,
      reversed: 5,
    });
  });
});
