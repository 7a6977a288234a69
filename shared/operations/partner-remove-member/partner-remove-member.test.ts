import { describe, expect, it } from 'vitest';
import {
  aCommand,
  aLot,
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
import { house, poolOf, unclaimedOf } from '../../domain/accounts.ts';
import type { Lot } from '../../domain/lots.ts';
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
  const lotOf = ({ id, amount, expiresAt }: typeof sooner, remaining: number, changes: Partial<Lot> = {}) =>
    aLot({ id, originId: id, accountId: clara, amount, expiresAt, remaining, ...changes });

  it.each([
    ['all of it when nothing was spent', 10, 5],
    ['exactly what is left of each', 2, 5],
    ['nothing of what was spent', 0, 4],
  ])('%s', (_, ofSooner, ofLater) => {
    const lots = [lotOf(sooner, ofSooner), lotOf(later, ofLater), aLot({ accountId: clara, remaining: 7 })];
    const creditsReturned = ofSooner + ofLater;
    const takes = lots
      .slice(0, 2)
      .flatMap(({ id: lotId, remaining: amount }) => (amount > 0 ? [{ lotId, amount }] : []));
    expect(answer({ accounts: hers({ balance: 100, held: 4 }), lots })).toMatchObject({
      outcome: { memberId, creditsReturned, poolAvailable: 3 + creditsReturned },
      effects: [
        { transfer: { debit: clara, credit: poolOf(acme), amount: creditsReturned, takes } },
        { type: 'assignment-closed', assignmentId: sooner.id, returned: ofSooner, expired: 0 },
        { type: 'assignment-closed', assignmentId: later.id, returned: ofLater, expired: 0 },
        { type: 'member-removed', memberId },
      ],
    });
  });

  it('is nothing when nothing is left, whatever else there is in the account', () => {
    expect(answer({ accounts: hers({ balance: 100 }) })).toMatchObject({
      outcome: { creditsReturned: 0 },
      effects: [{ assignmentId: sooner.id, returned: 0 }, { assignmentId: later.id, returned: 0 }, {}],
    });
  });

  it('goes where the contract says when it is over already', () => {
    const lots = [lotOf(sooner, 6, { expiresAt: now }), lotOf(later, 5)];
    const usual = { accounts: hers({ balance: 11 }), lots };
    expect(answer({ ...usual, partners: [aPartner({ onExpiry: 'forfeit' })] })).toMatchObject({
      outcome: { creditsReturned: 5, poolAvailable: 8 },
      effects: [
        { transfer: { debit: clara, credit: poolOf(acme), amount: 5, debitType: 'partner_return' } },
        { transfer: { debit: clara, credit: house.expired, amount: 6, debitType: 'expiry' } },
        { type: 'lot-ended', accountId: clara, lotId: sooner.id, as: 'expired' },
        { assignmentId: sooner.id, returned: 0, expired: 6 },
        { assignmentId: later.id, returned: 5, expired: 0 },
        {},
      ],
    });
    expect(answer(usual)).toMatchObject({ outcome: { creditsReturned: 11 } });
  });

  it('is also what was refunded after an earlier removal', () => {
    const closed = anAssignment({ status: 'closed', returned: 4 });
    const lots = [aLot({ id: idOf('renewal'), originId: closed.id, accountId: clara, remaining: 2 })];
    const rows = { members: [aMember({ userId: clara, assignments: [closed] })], accounts: hers({ balance: 2 }), lots };
    expect(answer(rows)).toMatchObject({
      outcome: { creditsReturned: 2 },
      effects: [{}, { type: 'assignment-closed', assignmentId: closed.id, returned: 2 }, {}],
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
