import { describe, expect, it } from 'vitest';
import { aCommand, anAccount, clara, idOf } from '../../../tests/support/builders.ts';
import { aPaidOrder, aProduct, aVendor, basket, corner } from '../../../tests/support/shop-builders.ts';
import { aState } from '../../../tests/support/world.ts';
import { type Order, type OrderRefund, pointsOf } from '../../domain/shop.ts';
import { decide, footprint, refundRecord } from './refund-record.ts';

const points = pointsOf({ customerId: clara, vendorId: corner });
const order = aPaidOrder({ pointsRedeemed: 50, pointsEarned: 25 });
const half = order.totalMinor / 2;

function answer(found: Order | null, refundedMinor: number) {
  const command = aCommand({ orderId: basket, customerId: clara, charge: 'ch_1', refundedMinor });
  const world = {
    orders: found === null ? [] : [found],
    vendors: [aVendor()],
    products: [aProduct({ sold: 2 })],
    accounts: [anAccount({ id: points, ownerId: clara, balance: 100 })],
  };
  return decide(aState(world, footprint(command)), command);
}

function aRefund(changes: Partial<OrderRefund>): OrderRefund {
  return {
    id: idOf('earlier'),
    amountMinor: half,
    status: 'done',
    returns: [],
    pointsReturned: 0,
    pointsReversed: 0,
    ...changes,
  };
}

const refundedBy = (changes: Partial<OrderRefund>): Order => {
  const refund = aRefund(changes);
  const done = refund.status === 'done' ? refund.amountMinor : 0;
  const status = done > 0 ? 'partially_refunded' : 'paid';
  return { ...order, status, refundedMinor: done, refunds: [refund] };
};

describe('what has gone back without us', () => {
  it('is a refund like any other: points go back by its share, and no stock', () => {
    expect(answer(order, half)).toMatchObject({
      status: 'applied',
      outcome: { refundedMinor: half, pointsReturned: 25, pointsReversed: 12 },
      effects: [
        { type: 'refund-asked', refund: { id: idOf('operation'), amountMinor: half, status: 'pending' } },
        { transfer: { amount: 12, debitType: 'reversed' } },
        { transfer: { amount: 25, creditType: 'refunded' } },
        { type: 'refund-ended', refund: { status: 'done', pointsReturned: 25, pointsReversed: 12 } },
        { type: 'order-changed', change: { refundedMinor: half, status: 'partially_refunded' } },
      ],
    });
  });

  it('is what is more than we know of', () => {
    const known = refundedBy({ pointsReturned: 25, pointsReversed: 12 });
    expect(answer(known, order.totalMinor)).toMatchObject({
      outcome: { refundedMinor: half, pointsReturned: 25, pointsReversed: 13 },
    });
    expect(answer(refundedBy({ status: 'failed' }), half)).toMatchObject({ outcome: { refundedMinor: half } });
  });

  it('is at most what was paid', () => {
    expect(answer(order, order.totalMinor + 1)).toMatchObject({ outcome: { refundedMinor: order.totalMinor } });
  });

  it('waits for a person while the points are not settled that go with it', () => {
    expect(answer({ ...order, loyalty: 'due' }, half)).toMatchObject({ status: 'deferred' });
  });
});

it.each([
  ['of an order that nobody knows', null, half, 'order_not_found'],
  ['of one that was not paid, or too late', { ...order, status: 'payment_failed' as const }, half, 'not_refundable'],
  ['of what is done', refundedBy({}), half, 'not_refundable'],
  ['of what is on its way at our request', refundedBy({ status: 'pending' }), half, 'not_refundable'],
  ['of less than is known', refundedBy({}), half - 1, 'not_refundable'],
])('changes nothing: %s', (_, found, refundedMinor, code) => {
  expect(answer(found, refundedMinor)).toMatchObject({ status: 'rejected', rejection: { code } });
});

it('goes into the lane of the customer', () => {
  const payload = { orderId: basket, customerId: clara, charge: 'ch_1', refundedMinor: 1 };
  expect(refundRecord.submit({ id: corner, roles: [] }, payload)).toMatchObject({ lane: clara });
});
