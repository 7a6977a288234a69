import { describe, expect, it } from 'vitest';
import { aCommand, anAccount, clara, idOf, now } from '../../../tests/support/builders.ts';
import { anOrder, aPaidOrder, aProduct, aVendor, basket, corner } from '../../../tests/support/shop-builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { type Order, pointsOf } from '../../domain/shop.ts';
import { decide, footprint, loyaltyApply } from './loyalty-apply.ts';

const points = pointsOf({ customerId: clara, vendorId: corner });
const payload = { orderId: basket, customerId: clara, vendorId: corner, pointsEarned: 25, pointsRedeemed: 50 };
const due = aPaidOrder({ loyalty: 'due', pointsRedeemed: 50, pointsEarned: 25, hold: 'live' });

function answer(order: Order | null, rows: Rows = {}) {
  const command = aCommand(payload);
  const world: Rows = {
    orders: order === null ? [] : [order],
    vendors: [aVendor()],
    products: [aProduct({ sold: 2 })],
    accounts: [anAccount({ id: points, ownerId: clara, held: 50 })],
  };
  return decide(aState({ ...world, ...rows }, footprint(command)), command);
}

describe('the points of a paid order', () => {
  it('100 - 50 + 25 = 75: spent, then earned, and its caller hears of it (004-08, 004-13, 004-14, 004-16)', () => {
    expect(answer(due)).toMatchObject({
      outcome: { orderId: basket, pointsEarned: 25, pointsRedeemed: 50, pointsBalance: 75 },
      effects: [
        { type: 'hold-ended', as: 'captured', hold: { id: basket, amount: 50 }, returns: [] },
        {
          transfer: {
            debit: points,
            credit: house.pointsRedeemed,
            amount: 50,
            debitType: 'spent',
            takes: [],
            reference: { type: 'order', id: basket },
          },
        },
        { transfer: { debit: house.pointsIssued, credit: points, amount: 25, creditType: 'earned', opens: [] } },
        { change: { loyalty: 'settled' } },
        { operationId: basket, result: { status: 'succeeded', outcome: { status: 'paid', pointsBalance: 75 } } },
      ],
    });
  });

  it('cannot be spent before the return window is over, and end when the rules say so', () => {
    const rules = { ...due.rules, pendingDays: 14, expiresAfterDays: 30 };
    const day = 24 * 3_600_000;
    const opens = [{ amount: 25, spendableFrom: now + 14 * day, expiresAt: now + 44 * day }];
    expect(answer({ ...due, rules })).toMatchObject({ effects: [{}, {}, { transfer: { opens } }, {}, {}] });
  });

  it('repay what is owed first', () => {
    const accounts = [anAccount({ id: points, ownerId: clara, held: 50, debt: 10 })];
    expect(answer(due, { accounts })).toMatchObject({
      outcome: { pointsBalance: 65 },
      effects: [
        {},
        {},
        {},
        { transfer: { debit: points, credit: house.pointsAdvances, amount: 10, debtor: points, takes: [] } },
        {},
        {},
      ],
    });
  });

  it('wait for a person while loyalty is switched off (004-39)', () => {
    expect(answer(due, { vendors: [aVendor({ loyalty: { enabled: false } })] })).toMatchObject({ status: 'deferred' });
  });

  it('wait for a person, too, while the payment could not be settled', () => {
    expect(answer(anOrder())).toMatchObject({ status: 'deferred' });
  });

  it.each([null, aPaidOrder(), aPaidOrder({ loyalty: 'none' }), aPaidOrder({ loyalty: 'dropped' })])(
    'move once: nothing happens where none are due (004-29)',
    (order) => {
      expect(answer(order)).toMatchObject({ outcome: { pointsEarned: 0, pointsRedeemed: 0 }, effects: [] });
    },
  );
});

it('runs in the lane of the customer, and nobody can submit it', () => {
  expect(loyaltyApply.submit({ id: idOf('house'), roles: [] }, payload).lane).toBe(clara);
  expect(loyaltyApply.path).toBeNull();
});
