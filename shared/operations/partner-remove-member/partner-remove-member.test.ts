import { describe, expect, it } from 'vitest';
import {
  aCommand,
  aMember,
  anAccount,
  anAssignment,
  aPartner,
  clara,
  codeOf,
  eve,
  hourMs,
  idOf,
  now,
} from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { poolOf, unclaimedOf } from '../../domain/accounts.ts';
import { decide, footprint } from './partner-remove-member.ts';

const acme = idOf('acme');
const memberId = idOf('member');
const sooner = anAssignment({ id: idOf('sooner'), amount: 10, expiresAt: now + hourMs });
const later = anAssignment({ id: idOf('later'), amount: 5, expiresAt: now + 2 * hourMs });
const assignments = [sooner, later];
const pool = anAccount({ id: poolOf(acme), balance: 3 });
const hers = (changes: object) => [pool, anAccount({ ...changes, id: clara })];

function answer(rows: Rows = {}) {
  const command = aCommand({ memberId }, { caller: { id: eve, roles: ['partner'] } });
  const usual = { partners: [aPartner()], members: [aMember({ userId: clara, assignments })], accounts: hers({}) };
  return decide(aState({ ...usual, ...rows }, footprint(command)), command);
}

it.each<[string, Rows]>([
  ['partner_not_found', { partners: [aPartner({ ownerId: clara })] }],
  ['member_not_found', { members: [] }],
  ['member_not_found', { members: [aMember({ partnerId: idOf('umbrella') })] }],
  ['member_inactive', { members: [aMember({ status: 'removed', active: false })] }],
  ['applied', { members: [aMember({ active: false })] }], // their account is, but they can still be removed
])('%s', (code, rows) => {
  expect(codeOf(answer(rows))).toBe(code);
});

describe('what comes back', () => {
  it.each([
    ['all of it when there is as much', { balance: 15, held: 0 }, 15, [5, 10]],
    ['no more than was given', { balance: 100, held: 0 }, 15, [5, 10]],
    ['what is left of it: what ends first was spent first', { balance: 7, held: 0 }, 7, [5, 2]],
    ['nothing that is held', { balance: 7, held: 4 }, 3, [3, 0]],
    ['nothing when nothing is left', { balance: 0, held: 0 }, 0, [0, 0]],
  ])('%s', (_, account, creditsReturned, [ofLater, ofSooner]) => {
    expect(answer({ accounts: hers(account) })).toMatchObject({
      outcome: { memberId, creditsReturned, poolAvailable: 3 + creditsReturned },
      effects: [
        ...(creditsReturned === 0
          ? []
          : [{ transfer: { debit: clara, credit: poolOf(acme), amount: creditsReturned } }]),
        { type: 'assignment-closed', assignmentId: later.id, returned: ofLater },
        { type: 'assignment-closed', assignmentId: sooner.id, returned: ofSooner },
        { type: 'member-removed', memberId },
      ],
    });
  });

  it('comes from where it waits for somebody without an account', () => {
    const accounts = [pool, anAccount({ id: unclaimedOf(acme), balance: 40 })];
    expect(answer({ members: [aMember({ assignments })], accounts })).toMatchObject({
      outcome: { creditsReturned: 15 },
      effects: [{ transfer: { debit: unclaimedOf(acme), amount: 15 } }, {}, {}, {}],
    });
  });

  it('leaves what is closed as it is', () => {
    const closed = anAssignment({ status: 'closed', returned: 4 });
    const effects = [{ type: 'member-removed', memberId }];
    expect(answer({ members: [aMember({ assignments: [closed] })] })).toMatchObject({ effects });
  });
});
