import { describe, expect, it } from 'vitest';
import {
  aCommand,
  aLot,
  aMember,
  anAccount,
  anAssignment,
  aPartner,
  clara,
  hourMs,
  idOf,
  now,
} from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house, poolOf, unclaimedOf } from '../../domain/accounts.ts';
import { decide, footprint } from './partner-expire.ts';

const [acme, memberId] = [idOf('acme'), idOf('member')];
const assignment = anAssignment({ expiresAt: now });
const lot = aLot({ id: assignment.id, originId: assignment.id, accountId: clara, remaining: 7, expiresAt: now });
const purses = [clara, unclaimedOf(acme), poolOf(acme)].map((id) => anAccount({ id, balance: 40 }));
const nothing = { memberId, assignmentId: assignment.id, creditsReturned: 0, creditsExpired: 0 };

function answer(rows: Rows = {}, accountId = clara) {
  const command = aCommand({ memberId, assignmentId: assignment.id, accountId });
  const members = [aMember({ userId: clara, assignments: [assignment] })];
  const usual = { partners: [aPartner()], members, accounts: purses, lots: [lot] };
  return decide(aState({ ...usual, ...rows }, footprint(command)), command);
}

describe('what a member with an account has not used (003-07)', () => {
  const closed = { type: 'assignment-closed', memberId, assignmentId: assignment.id };
  const ended = { type: 'lot-ended', accountId: clara, lotId: lot.id, as: 'expired' };
  const takes = [{ lotId: lot.id, amount: 7 }];

  it('goes back into the pool', () => {
    expect(answer()).toMatchObject({
      outcome: { ...nothing, creditsReturned: 7 },
      effects: [
        { transfer: { debit: clara, credit: poolOf(acme), amount: 7, debitType: 'partner_return', takes } },
        ended,
        { ...closed, returned: 7, expired: 0 },
      ],
    });
  });

  it('is forfeited where the contract says so', () => {
    expect(answer({ partners: [aPartner({ onExpiry: 'forfeit' })] })).toMatchObject({
      outcome: { ...nothing, creditsExpired: 7 },
      effects: [
        { transfer: { debit: clara, credit: house.expired, amount: 7, debitType: 'expiry', takes } },
        ended,
        { ...closed, returned: 0, expired: 7 },
      ],
    });
  });

  it('may be nothing: then the assignment is only closed', () => {
    expect(answer({ lots: [] })).toMatchObject({ outcome: nothing, effects: [{ ...closed, returned: 0, expired: 0 }] });
  });

  it('is what was refunded after it had ended, once that is over', () => {
    const assignments = [anAssignment({ expiresAt: now - hourMs, status: 'closed', returned: 3 })];
    const [over, live] = [aLot({ ...lot, id: idOf('renewal') }), aLot({ ...lot, expiresAt: now + hourMs })];
    expect(answer({ members: [aMember({ userId: clara, assignments })], lots: [over, live] })).toMatchObject({
      outcome: { creditsReturned: 7 },
      effects: [{ transfer: { takes: [{ lotId: over.id, amount: 7 }] } }, { lotId: over.id }, { returned: 7 }],
    });
  });
});

it('ends what waits for an account (003-08)', () => {
  const members = [aMember({ assignments: [assignment, anAssignment({ id: idOf('other'), expiresAt: now })] })];
  expect(answer({ members }, unclaimedOf(acme))).toMatchObject({
    outcome: { ...nothing, creditsReturned: 10 },
    effects: [{ transfer: { debit: unclaimedOf(acme), amount: 10, takes: [] } }, { returned: 10 }],
  });
});

it('finds what was claimed since', () => {
  expect(answer({}, unclaimedOf(acme))).toMatchObject({ outcome: { ...nothing, creditsReturned: 7 } });
});

it.each<[string, Rows]>([
  ['is not over', { members: [aMember({ assignments: [anAssignment({ expiresAt: now + 1 })] })], lots: [] }],
  ['is closed', { members: [aMember({ assignments: [anAssignment({ status: 'closed' })] })], lots: [] }],
  ['is not known', { members: [aMember()] }],
  ['is of nobody', { members: [] }],
])('does nothing about what %s', (_, rows) => {
  expect(answer(rows, unclaimedOf(acme))).toEqual({ status: 'applied', outcome: nothing, effects: [] });
});
