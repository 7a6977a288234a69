import { expect, it } from 'vitest';
import { aCommand, aLot, anAccount, clara, idOf, ten } from '../../../tests/support/builders.ts';
import { aState } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { lotFootprint } from '../ending-a-lot.ts';
import { decide, pointsExpire } from './points-expire.ts';

const lotId = idOf('lot');
const command = aCommand({ accountId: clara, lotId }, { at: ten });

function answer(at: number) {
  const rows = { accounts: [anAccount()], lots: [aLot({ remaining: 4, source: 'order' })] };
  return decide({ ...aState(rows, lotFootprint(command)), at }, command);
}

it('takes what is left to the house of points, and ends the lot', () => {
  expect(answer(ten)).toMatchObject({
    outcome: { lotId, expiredPoints: 4 },
    effects: [
      { transfer: { debit: clara, credit: house.pointsExpired, amount: 4, debitType: 'expired', source: 'order' } },
      { type: 'lot-ended', accountId: clara, lotId, as: 'expired' },
    ],
  });
});

it('does nothing before the end of the lot', () => {
  expect(answer(ten - 1)).toMatchObject({ outcome: { expiredPoints: 0 }, effects: [] });
});

it('can be submitted by nobody', () => {
  expect(pointsExpire.path).toBe(null);
});
