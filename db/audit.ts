import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { z } from 'zod';
import type { AuditRun } from './audit-runs.ts';
import type { AuditCheck } from './schema.ts';

/** One check of `invariants.sql`. */
export interface Invariant {
  readonly name: string;
  /** What it guards, in a sentence or two, for people. */
  readonly guards: string;
  /** A query that returns one row for every violation. */
  readonly query: string;
}

/** Rows shown of each violated check: enough to begin to look, whatever has happened. */
const sampleMax = 5;

/**
 * Settings of the audit's transaction, over those of its pool: statements of the hot paths may only reach rows by key
 * and end after half a minute, those of the audit go over whole tables. No parallel workers: an audit has time, the
 * work beside it has not, and containers have little shared memory for them.
 */
const settings = [
  "set local app.is_operator = 'true'",
  "set local statement_timeout = '10min'",
  "set local work_mem = '64MB'",
  'set local max_parallel_workers_per_gather = 0',
  'set local enable_seqscan = on',
  'set local enable_hashjoin = on',
  'set local enable_mergejoin = on',
  'set local jit = off',
];

const opening = /^-- check: (.+)$/m;

/** The checks of `invariants.sql`, in its order. */
export function invariants(): readonly Invariant[] {
  const [, ...parts] = readFileSync(invariantsFile(), 'utf8').split(opening);
  return parts.flatMap((name, position) => (position % 2 === 0 ? [invariantOf(name, parts[position + 1] ?? '')] : []));
}

function invariantOf(name: string, body: string): Invariant {
  const lines = body.trim().split('\n');
  const queryAt = lines.findIndex((line) => !line.startsWith('--'));
  const guards = lines.slice(0, queryAt).map((line) => line.replace(/^-- ?/, ''));
  return { name, guards: guards.join(' '), query: lines.slice(queryAt).join('\n').replace(/;$/, '') };
}

/**
 * Runs every check in one read-only transaction, on one snapshot, so that the report is right while work goes on: it
 * locks nothing and waits for nobody. Takes seconds with a million operations. Any pool will do: the owner's, or that
 * of either role. Throws when it cannot run, as when the database was never migrated.
 */
export async function runAudit(pool: pg.Pool): Promise<AuditRun> {
  const client = await pool.connect();
  let failed = true;
  try {
    const ranAt = new Date();
    await client.query('begin isolation level repeatable read read only');
    for (const setting of settings) await client.query(setting);
    const checks = await runChecks(client, invariants());
    await client.query('commit');
    failed = false;

    const ok = checks.every(({ violations }) => violations === 0);
    return { ok, ranAt, durationMs: Date.now() - ranAt.getTime(), checks };
  } finally {
    // After a failure nobody knows what state the connection is in: it is closed, and the pool makes a new one.
    client.release(failed);
  }
}

/** Runs checks in the transaction that is open on `client`, as it sees the tables. */
export async function runChecks(client: pg.ClientBase, checks: readonly Invariant[]): Promise<AuditCheck[]> {
  const results: AuditCheck[] = [];
  for (const { name, query } of checks) {
    const { rows } = await client.query(`
      with violation as materialized (${query}\n)
      select (select count(*)::int from violation) as violations,
             (select coalesce(jsonb_agg(to_jsonb(shown)), '[]')
              from (select * from violation limit ${sampleMax}) as shown) as sample`);
    results.push({ name, ...found.parse(rows[0]) });
  }
  return results;
}

const found = z.object({ violations: z.int(), sample: z.array(z.record(z.string(), z.json())) });

/** SQL is not compiled: seen from `dist/db/` it is two levels up, seen from `db/` beside this file. */
function invariantsFile(): string {
  const isCompiled = import.meta.url.endsWith('.js');
  return fileURLToPath(new URL(isCompiled ? '../../db/invariants.sql' : './invariants.sql', import.meta.url));
}
