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
import { assignmentIdOf } from '../../domain/partner.ts';
import { decide, footprint, type PartnerAssign, partnerAssign } from './partner-assign.ts';

const acme = idOf('acme');
const memberId = idOf('member');
const pool = (balance: number) => anAccount({ id: poolOf(acme), balance });
const ten: PartnerAssign['payload'] = { memberId, credits: 10 };
const caller = { id: eve, roles: ['partner'] } as const;

function answer(rows: Rows = {}, payload: PartnerAssign['payload'] = ten) {
  const command = aCommand(payload, { caller });
  const usual = { partners: [aPartner()], members: [aMember()], accounts: [pool(10)] };
  return decide(aState({ ...usual, ...rows }, footprint(command)), command);
}

it("asks for the caller's own partner and the member, whatever else they are", () => {
  expect(footprint(aCommand(ten, { caller }))).toEqual({ ownPartners: [eve], members: [memberId] });
});

describe('rejections (003-04, 003-11, 003-12)', () => {
  const cap = { credits: 15, days: 2 };
  const given = (hoursAgo: number) => anAssignment({ amount: 6, assignedAt: now - hoursAgo * hourMs });
  const capped = (hoursAgo: number) => ({
    partners: [aPartner({ memberCap: cap })],
    members: [aMember({ assignments: [given(hoursAgo)] })],
  });

  it.each<[string, Rows]>([
    ['partner_not_found', { partners: [] }],
    ['partner_not_found', { partners: [aPartner({ ownerId: clara })] }],
    ['member_not_found', { members: [] }],
    ['member_not_found', { members: [aMember({ partnerId: idOf('umbrella') })] }],
    ['member_inactive', { members: [aMember({ status: 'removed', active: false })] }],
    ['member_cap_exceeded', capped(47)],
    ['applied', capped(48)],
    ['insufficient_pool', { accounts: [] }],
    ['insufficient_pool', { accounts: [pool(9)] }],
  ])('%s', (code, rows) => {
    expect(codeOf(answer(rows))).toBe(code);
  });

  it('say what was available and what was asked for', () => {
    expect(answer({ accounts: [pool(9)] })).toMatchObject({
      rejection: { details: { available: 9, requested: 10 } },
    });
  });
});

describe('an accepted assignment', () => {
  const of = (member: ReturnType<typeof aMember>) => ({ members: [member] });

  it.each([
    ['the account of who has one', aMember({ userId: clara }), clara],
    ['an account that waits for them', aMember(), unclaimedOf(acme)],
  ])('moves the credits into %s', (_, member, credit) => {
    expect(answer(of(member), { ...ten, expiresInDays: 2 })).toMatchObject({
      outcome: {
        memberId,
        creditsAssigned: 10,
        poolAvailable: 0,
        expiresAt: new Date(now + 48 * hourMs).toISOString(),
      },
      effects: [
        { transfer: { debit: poolOf(acme), credit, amount: 10, debitType: 'partner_assignment' } },
        {
          type: 'credits-assigned',
          assignment: { id: assignmentIdOf(idOf('operation')), amount: 10, status: 'open', assignedAt: now },
        },
      ],
    });
  });

  it('ends when the partner says, unless it is told otherwise (003-02)', () => {
    const expiresAt = new Date(now + 90 * 24 * hourMs).toISOString();
    expect(answer()).toMatchObject({ outcome: { expiresAt } });
  });
});

it.each([{ credits: 0 }, { credits: 1.5 }, { expiresInDays: 0 }, { expiresInDays: 3_651 }, { partnerId: acme }])(
  'refuses %j',
  (changes) => {
    expect(() => partnerAssign.submit(caller, { ...ten, ...changes })).toThrow();
  },
);
