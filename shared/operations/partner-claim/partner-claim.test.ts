import { expect, it } from 'vitest';
import {
  aCommand,
  aMember,
  anAccount,
  anAssignment,
  aPartner,
  aPerson,
  clara,
  codeOf,
  eve,
  idOf,
  now,
} from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house, poolOf, unclaimedOf } from '../../domain/accounts.ts';
import { decide, footprint } from './partner-claim.ts';

const memberId = idOf('member');
const waiting = unclaimedOf(idOf('acme'));
const kept = anAccount({ id: waiting, balance: 40 });

function answer(rows: Rows = {}) {
  const command = aCommand({ memberId, userId: clara });
  const members = [aMember({ assignments: [anAssignment()] })];
  const usual = { people: [aPerson()], partners: [aPartner()], members, accounts: [kept] };
  return decide(aState({ ...usual, ...rows }, footprint(command)), command);
}

it.each<[string, Rows]>([
  ['member_not_found', { members: [] }],
  ['member_not_found', { members: [aMember({ userId: eve })] }],
  ['member_inactive', { members: [aMember({ status: 'removed', active: false })] }],
  ['recipient_not_found', { people: [] }],
  ['recipient_not_found', { people: [aPerson({ deleted: true })] }],
])('%s', (code, rows) => {
  expect(codeOf(answer(rows))).toBe(code);
});

it('moves what waits for the member, and no more (003-08)', () => {
  const { id: lotId, expiresAt } = anAssignment();
  expect(answer()).toMatchObject({
    outcome: { memberId, creditsClaimed: 10 },
    effects: [
      { transfer: { debit: waiting, credit: clara, amount: 10, opens: [{ lotId, amount: 10, expiresAt }] } },
      { type: 'member-claimed', memberId, userId: clara },
    ],
  });
});

it.each([
  ['return', { credit: poolOf(idOf('acme')), debitType: 'partner_return' }, { returned: 4, expired: 0 }],
  ['forfeit', { credit: house.expired, debitType: 'expiry' }, { returned: 0, expired: 4 }],
] as const)('moves each with its own end, and what is over goes by the contract: %s', (onExpiry, to, closed) => {
  const over = anAssignment({ id: idOf('over'), amount: 4, expiresAt: now });
  const assignments = [over, anAssignment({ amount: 5 }), anAssignment({ id: idOf('other'), amount: 6 })];
  const rows = { members: [aMember({ assignments })], partners: [aPartner({ onExpiry })] };
  expect(answer(rows)).toMatchObject({
    outcome: { creditsClaimed: 11 },
    effects: [
      { transfer: { debit: waiting, amount: 4, ...to } },
      { type: 'assignment-closed', assignmentId: over.id, ...closed },
      { transfer: { credit: clara, amount: 5, opens: [{ lotId: idOf('assignment'), amount: 5 }] } },
      { transfer: { credit: clara, amount: 6, opens: [{ lotId: idOf('other'), amount: 6 }] } },
      { type: 'member-claimed' },
    ],
  });
});

it('moves nothing when nothing waits', () => {
  const effects = [{ type: 'member-claimed', memberId, userId: clara }];
  expect(answer({ members: [aMember()] })).toMatchObject({ outcome: { creditsClaimed: 0 }, effects });
});

it('repays what the user owes first', () => {
  const indebted = anAccount({ id: clara, balance: 0, debt: 4 });
  expect(answer({ accounts: [kept, indebted] })).toMatchObject({
    effects: [{ transfer: { amount: 10 } }, { transfer: { credit: house.advances, amount: 4 } }, {}],
  });
});
