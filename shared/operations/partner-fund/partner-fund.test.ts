import { expect, it } from 'vitest';
import { aCommand, anAccount, aPartner, codeOf, idOf } from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house, poolOf } from '../../domain/accounts.ts';
import { decide, footprint, partnerFund } from './partner-fund.ts';

const partnerId = idOf('acme');

function answer(rows: Rows = {}) {
  const command = aCommand({ partnerId, credits: 25 });
  return decide(aState({ partners: [aPartner()], ...rows }, footprint(command)), command);
}

it('knows nobody but partners', () => {
  expect(codeOf(answer({ partners: [] }))).toBe('partner_not_found');
});

it('issues credits into the pool (003-01)', () => {
  expect(answer({ accounts: [anAccount({ id: poolOf(partnerId), balance: 5 })] })).toMatchObject({
    outcome: { poolAvailable: 30 },
    effects: [
      { transfer: { debit: house.issued, credit: poolOf(partnerId), amount: 25, creditType: 'partner_funding' } },
      { type: 'pool-funded', partnerId, amount: 25 },
    ],
  });
});

it('is for admins, in the lane of whoever owns the partner', () => {
  expect(partnerFund).toMatchObject({ allowed: ['admin'], laneIsOf: 'partner' });
  expect(partnerFund.submit({ id: idOf('ada'), roles: ['admin'] }, { partnerId, credits: 1 }).lane).toBe(partnerId);
});
