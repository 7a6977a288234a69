import { expect, it } from 'vitest';
import { aCommand, aLot, anAccount, clara, eve, idOf, now, ten } from '../../../tests/support/builders.ts';
import { aState } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import type { Lot } from '../../domain/lots.ts';
import { lotFootprint } from '../ending-a-lot.ts';
import { creditsExpire, decide } from './credits-expire.ts';

const lotId = idOf('lot');

function answer(lot: Partial<Lot>, at = ten) {
  const command = aCommand({ accountId: clara, lotId }, { at });
  return decide({ ...aState({ accounts: [anAccount()], lots: [aLot(lot)] }, lotFootprint(command)), at }, command);
}

it('takes what is left to the house, and ends the lot', () => {
  expect(answer({ remaining: 4 })).toMatchObject({
    outcome: { lotId, expiredCredits: 4 },
    effects: [
      {
        transfer: {
          debit: clara,
          credit: house.expired,
          amount: 4,
          debitType: 'expiry',
          creditType: 'expiry',
          source: 'bonus',
          takes: [{ lotId, amount: 4 }],
        },
      },
      { type: 'lot-ended', accountId: clara, lotId, as: 'expired' },
    ],
  });
});

it('ends a lot of which nothing is left: what comes back to it from now on is renewed', () => {
  expect(answer({ remaining: 0 })).toMatchObject({ outcome: { expiredCredits: 0 }, effects: [{ type: 'lot-ended' }] });
});

it.each<[string, Partial<Lot>, number]>([
  ['has not come to its end', {}, ten - 1],
  ['has been ended', { status: 'expired', remaining: 0 }, ten],
  ['was voided', { status: 'voided', remaining: 0 }, ten],
  ["is somebody else's", { accountId: eve }, ten],
  ['is not there', { id: idOf('another') }, now],
])('does nothing when the lot %s', (_why, lot, at) => {
  expect(answer(lot, at)).toMatchObject({ outcome: { expiredCredits: 0 }, effects: [] });
});

it('can be submitted by nobody', () => {
  expect(creditsExpire.path).toBe(null);
});
