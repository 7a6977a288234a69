import { expect, it } from 'vitest';
import { clara, eve, idOf } from '../../tests/support/builders.ts';
import { aPaidOrder, corner } from '../../tests/support/shop-builders.ts';
import { type OrderRefund, orderNumberOf, pointsOf, refundableOf } from './shop.ts';

it('writes the number of an order so that it can be read out', () => {
  expect(orderNumberOf('00000000-0000-5000-8000-000000000000')).toBe('0000-0000-0000');
  expect(orderNumberOf('ffffffff-ffff-5fff-bfff-ffffffffffff')).toBe('ZZZZ-ZZZZ-ZZZZ');
  expect(orderNumberOf('00000000-0001-5000-8000-000000000001')).toBe('0000-0000-0401');
  const numbers = Array.from({ length: 5_000 }, (_, n) => orderNumberOf(idOf(`order ${n}`)));
  expect(new Set(numbers).size).toBe(5_000);
  for (const number of numbers) expect(number).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/);
});

it('keeps the points of one customer with several vendors apart (004-21)', () => {
  const accounts = [clara, eve].flatMap((customerId) =>
    [corner, idOf('market')].map((vendorId) => pointsOf({ customerId, vendorId })),
  );
  expect(new Set(accounts).size).toBe(4);
});

it('refunds what has neither gone back nor is on its way', () => {
  const refunds = (['done', 'pending', 'failed'] as const).map(
    (status, nth): OrderRefund => ({
      id: idOf(status),
      amountMinor: 100 * (nth + 1),
      status,
      returns: [],
      pointsReturned: 0,
      pointsReversed: 0,
    }),
  );
  expect(refundableOf(aPaidOrder({ refundedMinor: 100, refunds }))).toBe(1_700);
});
