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
import { aState } from '../../../tests/support/world.ts';
import { type Order, pointsOf } from '../../domain/shop.ts';
import { checkoutRelease, decide, footprint } from './checkout-release.ts';

const points = pointsOf({ customerId: clara, vendorId: corner });
const lots = [{ lotId: idOf('lot'), amount: 4 }];
const held = anOrder({ pointsRedeemed: 30, hold: 'live', lots });

function answer(order: Order | null, reason: 'declined' | 'expired' | 'closed', at = now) {
  const command = aCommand({ orderId: basket, customerId: clara, reason, declineCode: reason }, { at });
  const world = {
    orders: order === null ? [] : [order],
    vendors: [aVendor()],
    products: [aProduct({ reserved: 2 })],
    accounts: [anAccount({ id: points, ownerId: clara, held: 30 })],
  };
  return decide({ ...aState(world, footprint(command)), at }, command);
}

const kept = [
  { move: 'released', orderId: basket, quantity: 2 },
  { type: 'hold-ended', as: 'released', hold: { id: basket, amount: 30 }, returns: lots },
  { change: { status: 'payment_failed', reservedUntil: null } },
];
const told = (declineCode: string) => ({ result: { status: 'rejected', rejection: { details: { declineCode } } } });

describe('an order that is not paid', () => {
  it('gives up its stock and its points when it is declined', () => {
    expect(answer(held, 'declined')).toMatchObject({
      outcome: { released: true },
      effects: [...kept, told('declined')],
    });
  });

  it.each([
    ['expired', now + 15 * 60_000],
    ['closed', now],
  ] as const)('cannot be paid any more, either, when it is %s', (reason, at) => {
    const cancelled = { step: 'payment.cancel', subjectId: basket };
    expect(answer(held, reason, at)).toMatchObject({ effects: [...kept, cancelled, told(reason)] });
  });

  it('is not out of time before its time, nor when somebody looks after it', () => {
    const nothing = { outcome: { released: false }, effects: [] };
    expect(answer(held, 'expired', now + 15 * 60_000 - 1)).toMatchObject(nothing);
    expect(answer({ ...held, reservedUntil: null }, 'expired')).toMatchObject(nothing);
  });

  it('gives up only what others have left', () => {
    const taken = { ...held, hold: 'released', items: [anItem({ stock: 'released' })] } as const;
    expect(answer(taken, 'declined')).toMatchObject({ effects: [{ change: {} }, told('declined')] });
  });
});

describe('an order that is paid', () => {
  it('loses its points when a person gives them up, and nothing else (004-28)', () => {
    const due = aPaidOrder({ loyalty: 'due', pointsRedeemed: 30, hold: 'live', lots });
    expect(answer(due, 'closed')).toMatchObject({
      outcome: { released: true },
      effects: [{ as: 'released', returns: lots }, { change: { loyalty: 'dropped', pointsEarned: 0 } }],
    });
    for (const reason of ['declined', 'expired'] as const) expect(answer(due, reason)).toMatchObject({ effects: [] });
  });

  it.each([null, aPaidOrder(), anOrder({ status: 'payment_failed' })])('stays as it is otherwise', (order) => {
    for (const reason of ['declined', 'expired', 'closed'] as const) {
      expect(answer(order, reason)).toMatchObject({ outcome: { released: false }, effects: [] });
    }
  });
});

it('runs in the lane of the customer, and nobody can submit it', () => {
  const payload = { orderId: basket, customerId: clara, reason: 'closed', declineCode: '' };
  expect(checkoutRelease.submit({ id: idOf('house'), roles: [] }, payload).lane).toBe(clara);
  expect(checkoutRelease.path).toBeNull();
});
