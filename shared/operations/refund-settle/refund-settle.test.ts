import { describe, expect, it } from 'vitest';
import { aCommand, aLot, anAccount, clara, idOf, now } from '../../../tests/support/builders.ts';
import { aPaidOrder, aProduct, aVendor, basket, corner, tea } from '../../../tests/support/shop-builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { scheduledIdOf } from '../../domain/ids.ts';
import { type Order, type OrderRefund, pointsOf } from '../../domain/shop.ts';
import { decide, footprint, refundSettle } from './refund-settle.ts';

const refundId = idOf('refund');
const points = pointsOf({ customerId: clara, vendorId: corner });
const payload = { orderId: basket, customerId: clara, refundId, refused: null };
const returns = [{ productId: tea, quantity: 1 }];
const pending: OrderRefund = {
  id: refundId,
  amountMinor: 1_000,
  status: 'pending',
  returns,
  pointsReturned: 0,
  pointsReversed: 0,
};
const order = aPaidOrder({ pointsRedeemed: 50, pointsEarned: 25, refunds: [pending] });

function answer(found: Order | null, rows: Rows = {}, refused: string | null = null) {
  const command = aCommand({ ...payload, refused });
  const world: Rows = {
    orders: found === null ? [] : [found],
    vendors: [aVendor()],
    products: [aProduct({ sold: 2 })],
    accounts: [anAccount({ id: points, ownerId: clara })],
  };
  return decide(aState({ ...world, ...rows }, footprint(command)), command);
}

/** Of the transfers: from where to where, how much, and of which lots. */
function movesOf(decision: ReturnType<typeof answer>) {
  if (decision.status !== 'applied') return [];
  const names: Record<string, string> = { [points]: 'customer', [house.pointsIssued]: 'issued' };
  names[house.pointsRedeemed] = 'redeemed';
  names[house.pointsAdvances] = 'advances';
  return decision.effects.flatMap((effect) => {
    if (effect.type !== 'transfer-posted') return [];
    const { debit, credit, amount, takes = [] } = effect.transfer;
    return [[`${names[debit]} to ${names[credit]}`, amount, takes.map((share) => share.amount)]];
  });
}

describe('money that has gone back', () => {
  it('takes its share of the points with it, and what is returned', () => {
    expect(answer(order)).toMatchObject({
      outcome: { settled: true },
      effects: [
        { transfer: { amount: 12, debitType: 'reversed', reference: { id: basket } } },
        { transfer: { amount: 25, creditType: 'refunded', reference: { id: basket } } },
        { move: 'returned', quantity: 1 },
        { refund: { id: refundId, status: 'done', pointsReturned: 25, pointsReversed: 12 } },
        { change: { refundedMinor: 1_000, status: 'partially_refunded' } },
        {
          operationId: refundId,
          result: { outcome: { refundedMinor: 1_000, pointsReturned: 25, pointsReversed: 12 } },
        },
      ],
    });
  });

  it('makes a debt of what is spent, less what comes back with it', () => {
    const accounts = [anAccount({ id: points, ownerId: clara, balance: 4 })];
    expect(movesOf(answer(order, { accounts }))).toEqual([
      ['customer to issued', 4, []],
      ['advances to issued', 8, []],
      ['redeemed to customer', 25, []],
      ['customer to advances', 8, []],
    ]);
  });

  it.each([
    ['that loyalty.apply has given', scheduledIdOf('loyalty.apply', basket)],
    ['that the checkout itself has given', basket],
  ])('takes points first that cannot be spent yet, %s', (_, operationId) => {
    const never = Number.POSITIVE_INFINITY;
    const own = aLot({ accountId: points, operationId, amount: 9, spendableFrom: now + 1, expiresAt: never });
    const other = aLot({ id: idOf('other'), accountId: points, amount: 2, operationId: idOf('other') });
    const accounts = [anAccount({ id: points, ownerId: clara, balance: 12 })];
    expect(movesOf(answer(order, { accounts, lots: [other, own] }))).toEqual([
      ['customer to issued', 12, [9, 2]],
      ['redeemed to customer', 25, []],
    ]);
  });

  it('gives back to the lots that points were from: first what had no end, then what was taken last', () => {
    const lots = [aLot({ accountId: points, amount: 40, remaining: 0 })];
    const paid = { ...order, lots: [{ lotId: idOf('lot'), amount: 35 }], pointsEarned: 0 };
    expect(answer(paid, { lots })).toMatchObject({
      effects: [
        { transfer: { amount: 25, returns: [{ lotId: idOf('lot'), amount: 10 }] } },
        {},
        {},
        { change: { lots: [{ lotId: idOf('lot'), amount: 25 }] } },
        {},
      ],
    });
  });

  it('moves no points that were dropped', () => {
    expect(movesOf(answer({ ...order, loyalty: 'dropped' }))).toEqual([]);
  });
});

it('ends a refund that was refused, and changes nothing else', () => {
  expect(answer(order, {}, 'charge_disputed')).toMatchObject({
    effects: [
      { type: 'refund-ended', refund: { status: 'failed', pointsReturned: 0 } },
      {
        operationId: refundId,
        result: { rejection: { code: 'not_refundable', details: { reason: 'charge_disputed' } } },
      },
    ],
  });
});

it.each([null, aPaidOrder(), { ...order, refunds: [{ ...pending, status: 'done' as const }] }])(
  'happens once',
  (found) => {
    expect(answer(found)).toMatchObject({ outcome: { settled: false }, effects: [] });
  },
);

it('runs in the lane of the customer, and nobody can submit it', () => {
  expect(refundSettle.submit({ id: idOf('house'), roles: [] }, payload).lane).toBe(clara);
  expect(refundSettle.path).toBeNull();
});
