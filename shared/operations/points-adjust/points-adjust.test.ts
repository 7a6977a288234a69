import { describe, expect, it } from 'vitest';
import { aCommand, aLot, anAccount, aPerson, clara, eve, idOf, now } from '../../../tests/support/builders.ts';
import { anOrder, aVendor, corner } from '../../../tests/support/shop-builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { pointsOf } from '../../domain/shop.ts';
import { decide, footprint, pointsAdjust } from './points-adjust.ts';

const points = pointsOf({ customerId: clara, vendorId: corner });
const gift = { userId: clara, vendorId: corner, amount: 30, note: 'a gift' };

function answer(amount: number, rows: Rows = {}) {
  const command = aCommand({ ...gift, amount });
  const accounts = [anAccount({ id: points, ownerId: clara })];
  const world: Rows = { people: [aPerson()], vendors: [aVendor()], accounts };
  return decide(aState({ ...world, ...rows }, footprint(command)), command);
}

describe('rejections', () => {
  const tight = [anAccount({ id: points, ownerId: clara, held: 60 })];
  const waiting = [aLot({ accountId: points, amount: 10, spendableFrom: now + 1 })];
  it.each<[string, number, Rows]>([
    ['recipient_not_found', 1, { people: [], vendors: [] }],
    ['recipient_not_found', 1, { people: [aPerson({ deleted: true })] }],
    ['vendor_not_found', -1_000, { vendors: [] }],
    ['insufficient_points', -101, {}],
    ['insufficient_points', -41, { accounts: tight }],
    ['insufficient_points', -91, { lots: waiting }],
    ['insufficient_points', -1, { accounts: [] }],
  ])('%s', (code, amount, rows) => {
    expect(answer(amount, rows)).toMatchObject({ rejection: { code } });
  });

  it('say both numbers (004-12)', () => {
    const message = 'Insufficient loyalty points. Available: 100, Requested: 101';
    expect(answer(-101)).toMatchObject({ rejection: { message, details: { available: 100, requested: 101 } } });
  });
});

it('gives points, of which what is owed is repaid first', () => {
  const given = {
    debit: house.pointsIssued,
    credit: points,
    amount: 30,
    creditType: 'adjustment',
    description: 'a gift',
  };
  expect(answer(30)).toMatchObject({
    outcome: { balanceAfter: 130 },
    effects: [{ transfer: { ...given, amount: 30 } }],
  });
  expect(answer(30, { accounts: [anAccount({ id: points, ownerId: clara, balance: 0, debt: 40 })] })).toMatchObject({
    outcome: { balanceAfter: 0 },
    effects: [{ transfer: given }, { transfer: { debit: points, credit: house.pointsAdvances, amount: 30 } }],
  });
  expect(answer(30, { accounts: [] })).toMatchObject({ outcome: { balanceAfter: 30 } });
});

it('takes points away, soonest-ending first, also those that are held for an order whose time is over', () => {
  const lots = [aLot({ accountId: points, amount: 10 })];
  expect(answer(-100, { lots })).toMatchObject({
    outcome: { balanceAfter: 0 },
    effects: [{ transfer: { debit: points, amount: 100, takes: [{ lotId: idOf('lot'), amount: 10 }] } }],
  });
  const late = anOrder({ pointsRedeemed: 60, hold: 'live', reservedUntil: now });
  const accounts = [anAccount({ id: points, ownerId: clara, held: 60 })];
  expect(answer(-41, { orders: [late], accounts })).toMatchObject({
    effects: [{ type: 'hold-ended', as: 'released', hold: { id: late.id, amount: 60 } }, { transfer: { amount: 41 } }],
  });
  expect(answer(-40, { orders: [late], accounts })).toMatchObject({ effects: [{ transfer: { amount: 40 } }] });
});

it('leaves what is held where its lot has ended: that is renewed by a release only', () => {
  const lots = [aLot({ accountId: points, amount: 10, remaining: 0, expiresAt: now })];
  const shares = [{ lotId: idOf('lot'), amount: 10 }];
  const late = anOrder({ pointsRedeemed: 60, hold: 'live', reservedUntil: now, lots: shares });
  const accounts = [anAccount({ id: points, ownerId: clara, held: 60 })];
  expect(answer(-41, { orders: [late], accounts, lots })).toMatchObject({ rejection: { details: { available: 40 } } });
});

it('is for admins, with a note, in the lane of the customer', () => {
  expect(pointsAdjust.allowed).toEqual(['admin']);
  const admin = { id: eve, roles: ['admin'] as const };
  expect(pointsAdjust.submit(admin, gift)).toEqual({ payload: gift, lane: clara, isAllowed: true });
  for (const changes of [{ amount: 0 }, { amount: 0.5 }, { note: '' }, { note: undefined }]) {
    expect(() => pointsAdjust.submit(admin, { ...gift, ...changes })).toThrow();
  }
});
