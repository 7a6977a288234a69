import { describe, expect, it } from 'vitest';
import { aCommand, anAccount, clara, codeOf, eve, idOf } from '../../../tests/support/builders.ts';
import {
  anItem,
  anOrder,
  aPaidOrder,
  aProduct,
  aVendor,
  basket,
  corner,
  tea,
} from '../../../tests/support/shop-builders.ts';
import { aState } from '../../../tests/support/world.ts';
import { type Order, type OrderRefund, pointsOf } from '../../domain/shop.ts';
import { decide, footprint, type OrderRefundCommand, orderRefund } from './order-refund.ts';

const id = idOf('operation');
const vendor = { id: eve, roles: ['vendor'] } as const;
const points = pointsOf({ customerId: clara, vendorId: corner });

function answer(
  order: Order | null,
  wanted: Partial<OrderRefundCommand['payload']> = {},
  caller: OrderRefundCommand['caller'] = vendor,
) {
  const command = aCommand({ orderId: basket, ...wanted }, { caller });
  const world = {
    orders: order === null ? [] : [order],
    vendors: [aVendor()],
    products: [aProduct({ sold: 2 })],
    accounts: [anAccount({ id: points, ownerId: clara })],
  };
  return decide(aState(world, footprint(command)), command);
}

function aRefund(changes: Partial<OrderRefund> = {}): OrderRefund {
  const none = { returns: [], pointsReturned: 0, pointsReversed: 0 };
  return { id: idOf('earlier'), amountMinor: 500, status: 'pending', ...none, ...changes };
}

const oneBack = { returnItems: [{ productId: tea, quantity: 1 }] };
const twoBack = { returnItems: [{ productId: tea, quantity: 2 }] };
const pending = [aRefund({ returns: [{ productId: tea, quantity: 1 }] })];

describe('rejections', () => {
  it.each<[string, Order | null, Partial<OrderRefundCommand['payload']>, object]>([
    ['order_not_found', null, {}, {}],
    ['not_refundable', anOrder(), {}, { status: 'awaiting_payment' }],
    ['not_refundable', anOrder({ status: 'payment_failed' }), {}, { status: 'payment_failed' }],
    ['not_refundable', aPaidOrder({ status: 'refunded', refundedMinor: 2_000 }), {}, { status: 'refunded' }],
    ['not_refundable', aPaidOrder({ loyalty: 'due' }), {}, { loyalty: 'due' }],
    ['not_refundable', aPaidOrder(), { amountMinor: 2_001 }, { refundable: 2_000, requested: 2_001 }],
    ['not_refundable', aPaidOrder({ refunds: pending }), { amountMinor: 1_501 }, { refundable: 1_500 }],
    ['not_refundable', aPaidOrder({ refunds: [aRefund({ amountMinor: 2_000 })] }), {}, { refundable: 0 }],
    ['not_refundable', aPaidOrder({ totalMinor: 0 }), { amountMinor: 1 }, { refundable: 0 }],
    ['not_refundable', aPaidOrder(), { returnItems: [{ productId: tea, quantity: 3 }] }, { returnable: 2 }],
    ['not_refundable', aPaidOrder(), { returnItems: [{ productId: eve, quantity: 1 }] }, { returnable: 0 }],
    ['not_refundable', aPaidOrder({ items: [anItem({ returned: 1 })] }), twoBack, { returnable: 1 }],
    ['not_refundable', aPaidOrder({ refunds: pending }), twoBack, { returnable: 1 }],
  ])('%s', (code, order, wanted, details) => {
    expect(answer(order, wanted)).toMatchObject({ rejection: { code, details } });
  });

  it.each([
    [vendor, 'applied'],
    [{ id: clara, roles: ['ops'] }, 'applied'],
    [{ id: clara, roles: ['admin'] }, 'applied'],
    [{ id: clara, roles: ['vendor'] }, 'order_not_found'],
    [{ id: eve, roles: ['client'] }, 'order_not_found'],
  ] as const)('are not for %j', (caller, code) => {
    expect(codeOf(answer(aPaidOrder(), {}, caller))).toBe(code);
  });
});

describe('what it does', () => {
  it('asks for the money first, and moves nothing', () => {
    const asked = { id, amountMinor: 700, status: 'pending', returns: oneBack.returnItems };
    expect(
      answer(aPaidOrder({ refunds: [aRefund({ status: 'failed' })] }), { amountMinor: 700, ...oneBack }),
    ).toMatchObject({
      isAwaiting: true,
      outcome: { orderId: basket, refundedMinor: 700 },
      effects: [
        { type: 'refund-asked', refund: asked },
        { step: 'payment.refund', subjectId: id, data: { orderId: basket, paymentIntentId: 'pi_1', amountMinor: 700 } },
      ],
    });
    expect(answer(aPaidOrder({ refunds: pending }), oneBack)).toMatchObject({ outcome: { refundedMinor: 1_500 } });
  });

  it('gives points back at once where there was nothing to pay', () => {
    const free = aPaidOrder({ totalMinor: 0, discountMinor: 2_000, pointsRedeemed: 40, pointsEarned: 0 });
    expect(answer(free, twoBack)).toMatchObject({
      outcome: { refundedMinor: 0, pointsReturned: 40, pointsReversed: 0 },
      effects: [
        { type: 'refund-asked' },
        { transfer: { credit: points, amount: 40, creditType: 'refunded' } },
        { move: 'returned', quantity: 2 },
        { refund: { status: 'done', pointsReturned: 40 } },
        { change: { status: 'refunded' } },
      ],
    });
  });

  it.each<[OrderRefund['status'], object]>([
    ['pending', { isAwaiting: true, effects: [{ step: 'payment.refund', subjectId: id }] }],
    ['done', { outcome: { refundedMinor: 500, pointsReturned: 3 }, effects: [] }],
    ['failed', { rejection: { code: 'not_refundable' } }],
  ])('applied again, answers as it stands: %s', (status, expected) => {
    expect(answer(aPaidOrder({ refunds: [aRefund({ id, status, pointsReturned: 3 })] }))).toMatchObject(expected);
  });
});

it('is for vendors and operators', () => {
  expect(orderRefund.allowed).toEqual(['vendor', 'ops']);
  expect(() => orderRefund.submit(vendor, { orderId: basket, amountMinor: 0 })).toThrow();
});
