import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invariants, runAudit, runChecks } from '../../db/audit.ts';
import { type AppRole, createPool } from '../../db/client.ts';
import { house } from '../../shared/domain/accounts.ts';
import { applyAll } from '../support/batches.ts';
import { clara, eve } from '../support/builders.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { makeHistory, submit } from '../support/history.ts';
import { shopHistory } from '../support/history-shop.ts';
import { plants } from './audit-plants/all.ts';

const checks = invariants();

let database: TestDatabase;
let owner: pg.Client;
let app: pg.Pool;

beforeAll(async () => {
  database = await createDatabase();
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  app = poolOf('app');
  await makeHistory(app);
});

afterAll(async () => {
  await app.end();
  await owner.end();
  await database.drop();
});

function poolOf(role: AppRole): pg.Pool {
  return createPool(database.url, { role, name: 'audit-test', max: 4, log: () => {} });
}

/** Names of the checks that find something. */
async function violated(): Promise<string[]> {
  const results = await runChecks(owner, checks);
  return results.filter(({ violations }) => violations > 0).map(({ name }) => name);
}

describe('the file of invariants', () => {
  it('has checks with names of their own, each with a word on what it guards and one query', () => {
    expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
    for (const { guards, query } of checks) {
      expect(guards).toMatch(/^[A-Z].*\.$/s);
      expect(query).toMatch(/^(with|select) [^;]*$/s);
    }
  });

  it('knows the accounts of the house, and no others', () => {
    const named = checks.flatMap(({ query }) => query.match(/00000000-[0-9a-f-]{27}/g) ?? []);
    expect(new Set(named)).toEqual(new Set(Object.values(house)));
  });

  it('has a planted violation for every check', () => {
    expect(plants.flatMap((some) => Object.keys(some)).sort()).toEqual(checks.map(({ name }) => name).sort());
  });
});

it('finds nothing in a database without history', async () => {
  const empty = await createDatabase();
  const pool = new pg.Pool({ connectionString: empty.url });
  try {
    expect(await runAudit(pool)).toMatchObject({ ok: true });
  } finally {
    await pool.end();
    await empty.drop();
  }
});

it('finds nothing in a history of everything', async () => {
  expect(await violated()).toEqual([]);
});

it('has orders of every kind in that history, one of them paid when its points had been given back', async () => {
  const { rows } = await owner.query('select id, status, loyalty from orders');
  const { paid, declined, late, due, closed, free, waiting, unpaid, returned } = shopHistory;
  expect(Object.fromEntries(rows.map(({ id, status, loyalty }) => [id, `${status}, ${loyalty}`]))).toEqual({
    [paid]: 'partially_refunded, settled',
    [declined]: 'payment_failed, none',
    [late]: 'paid, settled',
    [due]: 'paid, due',
    [closed]: 'paid, dropped',
    [free]: 'paid, settled',
    [waiting]: 'awaiting_payment, none',
    [unpaid]: 'awaiting_payment, none',
    [returned]: 'refunded, settled',
  });
});

describe('a planted violation', () => {
  const all = plants
    .flatMap((some) => Object.entries(some))
    .flatMap(([name, variants]) => Object.entries(variants).map(([what, sql]) => ({ name, what, sql })));

  it.each(all)('$name: $what', async ({ name, sql }) => {
    await owner.query('begin');
    try {
      const { rowCount } = [await owner.query(sql)].flat().at(-1) ?? { rowCount: 0 };
      expect(rowCount, 'rows that the plant has met').toBeGreaterThan(0);
      expect(await violated()).toContain(name);
    } finally {
      await owner.query('rollback');
    }
  });
});

describe('the report', () => {
  it.each<AppRole>(['app', 'reader'])('is the same for the role %s', async (role) => {
    const pool = poolOf(role);
    try {
      const report = await runAudit(pool);
      expect(report).toMatchObject({ ok: true, ranAt: expect.any(Date), durationMs: expect.any(Number) });
      expect(report.checks).toEqual(checks.map(({ name }) => ({ name, violations: 0, sample: [] })));
      // The settings of the audit end with it.
      const { rows } = await pool.query("select current_setting('statement_timeout') as timeout");
      expect(rows).toEqual([{ timeout: '30s' }]);
    } finally {
      await pool.end();
    }
  });

  it('counts every violation and shows some of them', async () => {
    const reader = poolOf('reader');
    try {
      await owner.query('update accounts set debt = debt + 1');
      const report = await runAudit(reader);
      const { rows } = await owner.query('select id as account, debt::int from accounts');
      const found = report.checks.find(({ name }) => name === 'debts-are-advances-less-repayments');
      expect(report.ok).toBe(false);
      expect(found?.violations).toBe(rows.length);
      expect(found?.sample.length).toBe(Math.min(5, rows.length));
      expect(rows).toContainEqual({ account: found?.sample[0]?.account, debt: found?.sample[0]?.debt });
    } finally {
      await owner.query('update accounts set debt = debt - 1');
      await reader.end();
    }
  });

  it('is right while work goes on', async () => {
    const reader = poolOf('reader');
    try {
      for (let round = 0; round < 5; round += 1) {
        const working = workOn(round);
        const reports = [await runAudit(reader), await runAudit(reader)];
        await working;
        expect(reports.flatMap((report) => report.checks.filter(({ violations }) => violations > 0))).toEqual([]);
      }
    } finally {
      await reader.end();
    }
  });
});

async function workOn(round: number): Promise<void> {
  for (let n = 0; n < 10; n += 1) {
    await submit(app, eve, [
      ['credits.transfer', `there ${round} ${n}`, { toUserId: clara, amount: 2 }],
      ['credits.transfer', `too much ${round} ${n}`, { toUserId: clara, amount: 1_000_000 }],
    ]);
    await submit(app, clara, [['credits.transfer', `back ${round} ${n}`, { toUserId: eve, amount: 1 }]]);
    await applyAll(app);
  }
}
