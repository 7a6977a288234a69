import { describe, expect, it } from 'vitest';
import { aCommand, aLot, anAccount, clara, eve, idOf, ten } from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { lotIdOf } from '../../domain/ids.ts';
import type { Allocation } from '../../domain/state.ts';
import { creditsVoid, decide, footprint } from './credits-void.ts';

const allocationId = idOf('allocation');
const own = lotIdOf(allocationId, 0);
const gift: Allocation = { id: allocationId, accountId: clara, amount: 20, isVoided: false };

function answer(allocation: Allocation | null, rows: Rows = {}) {
  const command = aCommand({ allocationId, userId: clara, note: 'a mistake' });
  const state = aState({ accounts: [anAccount()], ...rows }, footprint(command));
  return decide({ ...state, allocations: new Map([[allocationId, allocation]]) }, command);
}

describe('rejections', () => {
  it.each<[string, Allocation | null]>([
    ['allocation_not_found', null],
    ['allocation_not_found', { ...gift, accountId: eve }],
    ['already_voided', { ...gift, isVoided: true }],
  ])('%s', (code, allocation) => {
    expect(answer(allocation)).toMatchObject({ rejection: { code } });
  });
});

it('takes back what was given without an end, as far as there is such', () => {
  const taken = { debit: clara, credit: house.issued, amount: 20, debitType: 'adjustment', description: 'a mistake' };
  const voided = { type: 'allocation-voided', allocationId, amount: 20 };
  expect(answer(gift)).toMatchObject({
    outcome: { allocationId, voidedCredits: 20, balanceAfter: 80 },
    effects: [{ transfer: { ...taken, takes: [] } }, voided],
  });
  const others = [aLot({ id: idOf('other'), amount: 60 })];
  expect(answer(gift, { accounts: [anAccount({ held: 35 })], lots: others })).toMatchObject({
    outcome: { voidedCredits: 5, balanceAfter: 95 },
  });
  expect(answer(gift, { accounts: [] })).toMatchObject({
    outcome: { voidedCredits: 0, balanceAfter: 0 },
    effects: [{ ...voided, amount: 0 }],
  });
});

it('takes exactly what is left of the lots of what was given with one, and ends them', () => {
  const lots = [
    aLot({ id: own, amount: 20, remaining: 6 }),
    aLot({ id: idOf('renewed'), originId: own, amount: 3, expiresAt: ten + 1 }),
    aLot({ id: idOf('other'), amount: 30 }),
  ];
  expect(answer(gift, { lots })).toMatchObject({
    outcome: { voidedCredits: 9, balanceAfter: 91 },
    effects: [
      {
        transfer: {
          amount: 9,
          takes: [
            { lotId: own, amount: 6 },
            { lotId: idOf('renewed'), amount: 3 },
          ],
        },
      },
      { type: 'lot-ended', lotId: own, as: 'voided' },
      { type: 'lot-ended', lotId: idOf('renewed'), as: 'voided' },
      { type: 'allocation-voided', amount: 9 },
    ],
  });
});

it('takes nothing of one that has been spent or has expired', () => {
  const spent = answer(gift, { lots: [aLot({ id: own, amount: 20, remaining: 0 })] });
  expect(spent).toMatchObject({ outcome: { voidedCredits: 0 }, effects: [{ as: 'voided' }, { amount: 0 }] });
  const expired = answer(gift, { lots: [aLot({ id: own, amount: 20, remaining: 0, status: 'expired' })] });
  expect(expired).toMatchObject({ outcome: { voidedCredits: 0 }, effects: [{ type: 'allocation-voided' }] });
});

it('is for admins, in the lane of the receiver', () => {
  expect(creditsVoid.allowed).toEqual(['admin']);
  const submitted = creditsVoid.submit({ id: eve, roles: ['admin'] }, { allocationId, userId: clara });
  expect(submitted).toEqual({ payload: { allocationId, userId: clara }, lane: clara, isAllowed: true });
});
