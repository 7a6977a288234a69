import { describe, expect, it } from 'vitest';
import { aCommand, anAccount, clara, idOf, now } from '../../../tests/support/builders.ts';
import {
  anItem,
  anOrder,
  aPaidOrder,
  aProduct,
  aVendor,
  basket,
  corner,
} from '../../../tests/support/shop-builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { type Order, pointsOf } from '../../domain/shop.ts';
import { checkoutSettle, decide, footprint } from './checkout-settle.ts';

const points = pointsOf({ customerId: clara, vendorId: corner });
const payload = { orderId: basket, customerId: clara, paymentIntentId: 'pi_1' };

function answer(order: Order | null, rows: Rows = {}, isReduced = false) {
  const command = aCommand(payload, { isReduced });
  const world: Rows = {
    orders: order === null ? [] : [order],
    vendors: [aVendor()],
    products: [aProduct({ reserved: 2 })],
    accounts: [anAccount({ id: points, ownerId: clara, held: order?.hold === 'live' ? order.pointsRedeemed : 0 })],
  };
  return decide(aState({ ...world, ...rows }, footprint(command)), command);
}

const released = anOrder({
  status: 'payment_failed',
  items: [anItem({ stock: 'released' })],
  reservedUntil: null,
  pointsRedeemed: 30,
  hold: 'released',
});

describe('what was paid in time', () => {
  it('is sold, and its points move with it: spent, then earned (004-07, 004-08, 004-13)', () => {
    const order = anOrder({ pointsRedeemed: 30, hold: 'live' });
    expect(answer(order)).toMatchObject({
      outcome: {
        orderId: basket,
        settled: 'paid',
        points: 'settled',
        vendorId: corner,
        pointsEarned: 20,
        pointsRedeemed: 30,
      },
      effects: [
        { move: 'sold', orderId: basket, quantity: 2 },
        { type: 'hold-ended', as: 'captured', hold: { id: basket, amount: 30 } },
        { transfer: { debit: points, credit: house.pointsRedeemed, amount: 30, debitType: 'spent', takes: [] } },
        { transfer: { debit: house.pointsIssued, credit: points, amount: 20, creditType: 'earned' } },
        { change: { status: 'paid', paidAt: now, loyalty: 'settled', paymentIntentId: 'pi_1', reservedUntil: null } },
        { operationId: basket, result: { status: 'succeeded', outcome: { status: 'paid', pointsBalance: 90 } } },
      ],
    });
  });

  const off = aVendor({ loyalty: { enabled: false } });
  it.each<[string, Rows, boolean]>([
    ['when it has failed with them: they may be why (004-18)', {}, true],
    ['while loyalty is switched off (004-39)', { vendors: [off] }, false],
    ['when the vendor is gone', { vendors: [] }, false],
  ])('is sold without its points %s; its caller hears so far', (_, rows, isReduced) => {
    const order = anOrder({ pointsRedeemed: 30, hold: 'live' });
    const decision = answer(order, rows, isReduced);
    expect(decision).toMatchObject({
      effects: [
        { move: 'sold', orderId: basket, quantity: 2 },
        { change: { status: 'paid', paidAt: now, loyalty: 'due', paymentIntentId: 'pi_1', reservedUntil: null } },
        { operationId: basket, result: { status: 'processing', progress: { status: 'paid', pointsBalance: 100 } } },
      ],
    });
    expect(decision).toHaveProperty('outcome', { orderId: basket, settled: 'paid', points: 'due' });
  });

  it('ends at once where no points move (004-17)', () => {
    expect(answer(anOrder({ pointsEarned: 0 }))).toMatchObject({
      outcome: { points: 'none' },
      effects: [{}, { change: { loyalty: 'none' } }, { result: { status: 'succeeded', outcome: { status: 'paid' } } }],
    });
  });

  it('earns the bonus of a first order when it is paid, not when it is placed', () => {
    const rules = { ...anOrder().rules, firstOrderBonus: 9 };
    expect(answer(anOrder({ rules }))).toMatchObject({
      effects: [{}, { transfer: { amount: 29 } }, { change: { pointsEarned: 29 } }, {}],
    });
    const orders = [anOrder({ rules }), aPaidOrder({ id: idOf('earlier') })];
    expect(answer(anOrder({ rules }), { orders })).toMatchObject({
      effects: [{}, { transfer: { amount: 20 } }, { change: { pointsEarned: 20 } }, {}],
    });
  });
});

describe('what was paid too late', () => {
  it('is kept once more, if it can be; its points are set aside, and settled afterwards', () => {
    expect(answer(released)).toMatchObject({
      outcome: { settled: 'paid', points: 'due' },
      effects: [
        { move: 'reserved' },
        { move: 'sold' },
        { type: 'hold-placed', hold: { id: basket, amount: 30 } },
        { change: { status: 'paid', loyalty: 'due' } },
        {},
      ],
    });
  });

  it.each<[string, Rows]>([
    ['the stock is gone', { products: [aProduct({ available: 1 })] }],
    ['the product is gone', { products: [] }],
    ['the points are gone', { accounts: [anAccount({ id: points, ownerId: clara, balance: 29 })] }],
  ])('goes back when %s', (_, rows) => {
    expect(answer(released, rows)).toMatchObject({
      outcome: { settled: 'refunded' },
      effects: [
        { change: { status: 'payment_failed', paymentIntentId: 'pi_1' } },
        { step: 'payment.refund', subjectId: basket, data: { paymentIntentId: 'pi_1', amountMinor: 2_000 } },
        { result: { status: 'rejected', rejection: { code: 'payment_failed', details: { declineCode: 'expired' } } } },
      ],
    });
  });

  it('gives up what of it is still kept', () => {
    const half = anOrder({
      items: [anItem(), anItem({ productId: idOf('cake'), stock: 'released' })],
      pointsRedeemed: 30,
      hold: 'live',
    });
    expect(answer(half)).toMatchObject({
      outcome: { settled: 'refunded' },
      effects: [{ move: 'released', quantity: 2 }, { type: 'hold-ended', as: 'released' }, {}, {}, {}],
    });
  });
});

it.each([null, aPaidOrder(), aPaidOrder({ status: 'refunded' })])('changes nothing that is not to be paid', (order) => {
  expect(answer(order)).toEqual({ status: 'applied', outcome: { orderId: basket, settled: 'already' }, effects: [] });
});

it('runs in the lane of the customer, and nobody can submit it', () => {
  expect(checkoutSettle.submit({ id: idOf('house'), roles: [] }, payload).lane).toBe(clara);
  expect(checkoutSettle.path).toBeNull();
});
