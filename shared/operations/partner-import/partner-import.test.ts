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
  idOf,
} from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house, poolOf, unclaimedOf } from '../../domain/accounts.ts';
import { assignmentIdOf, memberIdOf } from '../../domain/partner.ts';
import type { Upload } from '../../domain/upload.ts';
import { decide, footprint } from './partner-import.ts';

const acme = idOf('acme');
const uploadId = idOf('file');
const pool = anAccount({ id: poolOf(acme), balance: 10 });
const memberOf = (email: string, changes = {}) =>
  aMember({ id: memberIdOf(acme, email), email, firstName: 'Ann', ...changes });

function anUpload(
  rows: readonly (readonly [email: string, firstName: string, credits: string])[],
  changes: Partial<Upload> = {},
): Upload {
  const done = changes.totals?.done ?? 0;
  return {
    id: uploadId,
    callerId: eve,
    total: done + rows.length,
    totals: { done: 0, created: 0, updated: 0, allocated: 0, failed: 0 },
    rows: rows.map(([email, firstName, credits], nth) => ({
      position: done + nth,
      line: done + nth + 2,
      email,
      firstName,
      credits,
    })),
    users: new Map(),
    earlier: new Map(),
    errors: [],
    ...changes,
  };
}

function answer(upload: Upload | null, rows: Rows = {}, dryRun = false) {
  const command = aCommand({ uploadId, dryRun }, { caller: { id: eve, roles: ['partner'] } });
  const uploads = upload === null ? [] : [upload];
  return decide(aState({ partners: [aPartner()], accounts: [pool], uploads, ...rows }, footprint(command)), command);
}

it.each<[string, Upload | null, Rows]>([
  ['partner_not_found', anUpload([]), { partners: [] }],
  ['upload_not_found', null, {}],
  ['upload_not_found', anUpload([], { callerId: clara }), {}],
])('%s', (code, upload, rows) => {
  expect(codeOf(answer(upload, rows))).toBe(code);
});

describe('rows', () => {
  const removed = memberOf('gone@corp.test', { status: 'removed', active: false });

  it.each([
    [['no address', 'Ann', '1'], 'invalid_email'],
    [['a@corp.test', '', '1'], 'invalid_name'],
    [['a@corp.test', 'x'.repeat(201), '1'], 'invalid_name'],
    ...['', '-1', '1.5', '1e3', '0x1', ' ', '1000000001', '9'.repeat(20)].map(
      (credits) => [['a@corp.test', 'Ann', credits], 'invalid_credits'] as const,
    ),
    [['gone@corp.test', 'Ann', '1'], 'member_inactive'],
    [['a@corp.test', 'Ann', '11'], 'insufficient_pool'],
    [['no address', '', 'x'], 'invalid_email'],
  ] as const)('%j: %s, and nothing of it is done', (row, code) => {
    expect(answer(anUpload([row]), { members: [removed] })).toMatchObject({
      outcome: { failed: 1, created: 0, allocated: 0, errors: [{ row: 2, email: row[0], code }] },
      effects: [{ type: 'upload-advanced', totals: { done: 1, failed: 1 }, results: [{ position: 0, result: code }] }],
    });
  });

  it('create members, name them anew, and assign; each sees what the ones before it did', () => {
    const upload = anUpload([
      ['new@corp.test', 'Nina', '4'],
      ['NEW@corp.test', 'Nina', '3'],
      ['old@corp.test', 'Annabel', '0'],
      ['new@corp.test', 'Nina', '4'],
    ]);
    const member = memberIdOf(acme, 'new@corp.test');
    expect(answer(upload, { members: [memberOf('old@corp.test')] })).toMatchObject({
      outcome: { total: 4, created: 1, updated: 2, allocated: 7, failed: 1 },
      effects: [
        { type: 'member-created', member: { id: member, userId: null, assignments: [] } },
        { type: 'member-changed', memberId: memberIdOf(acme, 'old@corp.test'), firstName: 'Annabel' },
        { transfer: { debit: poolOf(acme), credit: unclaimedOf(acme), amount: 4 } },
        { transfer: { debit: poolOf(acme), credit: unclaimedOf(acme), amount: 3 } },
        { assignment: { id: assignmentIdOf(idOf('operation'), 0), memberId: member, amount: 4 } },
        { assignment: { id: assignmentIdOf(idOf('operation'), 1), memberId: member, amount: 3 } },
        { type: 'upload-advanced' },
      ],
    });
  });

  it('repay what a receiver owes once, however many rows are theirs', () => {
    const users = new Map([['a@corp.test', clara]]);
    const upload = anUpload(
      [
        ['a@corp.test', 'Ann', '3'],
        ['a@corp.test', 'Ann', '3'],
      ],
      { users },
    );
    expect(answer(upload, { accounts: [pool, anAccount({ balance: 0, debt: 4 })] })).toMatchObject({
      effects: [
        { member: { userId: clara } },
        { transfer: { credit: clara, amount: 3 } },
        { transfer: { credit: house.advances, amount: 3 } },
        { transfer: { credit: clara, amount: 3 } },
        { transfer: { credit: house.advances, amount: 1 } },
        {},
        {},
        {},
      ],
    });
  });
});

describe('a part', () => {
  const totals = { done: 500, created: 400, updated: 50, allocated: 6, failed: 50 };
  const row = ['a@corp.test', 'Ann', '5'] as const;

  it('goes on where the one before it ended, under numbers of its own', () => {
    expect(answer(anUpload([row], { totals, total: 502 }))).toMatchObject({
      part: { firstOrdinal: 1_000, isLast: false },
      outcome: { total: 502, created: 401, updated: 50, allocated: 11, failed: 50, errors: [] },
      effects: [{}, {}, { assignment: { id: assignmentIdOf(idOf('operation'), 500) } }, { totals: { done: 501 } }],
    });
  });

  it('tells the errors of all parts when it is the last', () => {
    const errors = [{ row: 7, email: 'x', code: 'invalid_email', message: 'no' }];
    expect(answer(anUpload([['y', 'Ann', '5']], { totals, errors }))).toMatchObject({
      part: { isLast: true },
      outcome: { failed: 51, errors: [...errors, { row: 502, email: 'y' }] },
    });
  });

  it('of a dry run knows what earlier ones would have done, and does nothing', () => {
    const earlier = new Map([['a@corp.test', { created: true, credits: 6 }]]);
    const cap = [aPartner({ memberCap: { credits: 10, days: 1 } })];
    const five = anUpload([row], { totals, earlier });
    const four = anUpload([['a@corp.test', 'Ann', '4']], { totals, earlier });
    expect(answer(five, { partners: cap }, true)).toMatchObject({
      outcome: { errors: [{ code: 'member_cap_exceeded' }] },
    });
    expect(answer(five, {}, true)).toMatchObject({ outcome: { errors: [{ code: 'insufficient_pool' }] } });
    expect(answer(four, { partners: cap }, true)).toMatchObject({
      outcome: { created: 400, updated: 51, allocated: 10 },
      effects: [{ type: 'upload-advanced' }],
    });
  });

  it('counts what a member has from before', () => {
    const members = [memberOf('a@corp.test', { assignments: [anAssignment({ amount: 6 })] })];
    const partners = [aPartner({ memberCap: { credits: 10, days: 1 } })];
    for (const dryRun of [false, true]) {
      expect(answer(anUpload([row]), { members, partners }, dryRun)).toMatchObject({
        outcome: { errors: [{ code: 'member_cap_exceeded' }] },
      });
    }
  });
});
