import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { acceptOperations, type Submission } from '../db/accept.ts';
import { createPool } from '../db/client.ts';
import type { QueueName } from '../shared/contract/queues.ts';
import { chunksOf } from '../shared/domain/chunks-of.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import { bookingCreate } from '../shared/operations/booking-create/booking-create.ts';
import { openProducer, type Wake } from '../shared/runtime/queues.ts';
import { type PlannedBooking, submissionOf } from './marketplace.ts';
import type { Party } from './processes.ts';

/** As many as the API records in one statement when it is busy. */
const perStatement = 500;

/** As many as 64 connections submit in the same instant, and which then share a job. */
const perJob = 64;

/** A run that settles nothing for this long is broken. */
const patienceMs = 60_000;

/** Seldom enough to cost nothing. */
const lookEveryMs = 200;

/** How many of a plan are looked at while it is on its way; asking about all of them would take part in the race. */
const samples = 64;

/** Records bookings as the API does, without the jobs that would wake a worker. */
export function accept(databaseUrl: string, planned: readonly PlannedBooking[]): Promise<void> {
  return acceptAll(databaseUrl, planned.map(submissionOf));
}

/** The same, of any kind. */
export async function acceptAll(databaseUrl: string, submissions: readonly Submission[]): Promise<void> {
  const pool = createPool(databaseUrl, { role: 'app', name: 'counterfoil-bench', max: 1, log: console.error });
  try {
    for (const chunk of chunksOf(submissions, perStatement)) {
      const answers = await acceptOperations(pool, chunk, Number.MAX_SAFE_INTEGER);
      const odd = answers.find(({ status }) => status !== 'accepted');
      if (odd !== undefined) throw new Error(`a planned operation was ${odd.status}`);
    }
  } finally {
    await pool.end();
  }
}

/** Adds the jobs of recorded bookings. */
export function enqueue(redisUrl: string, databaseUrl: string, planned: readonly PlannedBooking[]): Promise<void> {
  return enqueueAll(redisUrl, databaseUrl, planned.map(submissionOf), bookingCreate.queue);
}

/** The same, of one family. */
export async function enqueueAll(
  redisUrl: string,
  databaseUrl: string,
  submissions: readonly Submission[],
  queue: QueueName,
): Promise<void> {
  const log = { warn: (details: object, message: string) => console.error(message, details) };
  const producer = openProducer({ redisUrl, databaseUrl, log });
  try {
    await producer.add(chunksOf(submissions, perJob).map((chunk) => wakeOf(chunk, queue)));
  } finally {
    await producer.close();
  }
}

function wakeOf(submissions: readonly Submission[], queue: QueueName): Wake {
  const lanes = [...new Set(submissions.map(({ lane }) => lane))];
  const operations = submissions.map(({ id }) => id);
  return { queue, id: operations[0] ?? '', name: submissions[0]?.kind ?? '', data: { operations, lanes } };
}

/** When a plan was applied, by the clock of PostgreSQL; epoch ms. */
export interface Applied {
  readonly count: number;
  /** When the transaction began that applied the first. */
  readonly firstAt: number;
  /** When the last was committed. */
  readonly lastAt: number;
}

export function perSecondOf({ count, firstAt, lastAt }: Applied): number {
  return (count / (lastAt - firstAt)) * 1_000;
}

/** Waits until all of the plan are settled. Throws when one did not succeed, when a party died or when nothing moves. */
export async function untilApplied(
  database: pg.Client,
  planned: readonly { readonly id: Uuid }[],
  parties: readonly Party[],
): Promise<Applied> {
  const ids = planned.map(({ id }) => id);
  const step = Math.ceil(ids.length / samples);
  const sampled = ids.filter((_, n) => n % step === 0);
  let movedAt = Date.now();
  let before = -1;
  for (;;) {
    const settled = await countSettled(database, sampled);
    if (settled === sampled.length && (await countSettled(database, ids)) === ids.length) return applied(database, ids);
    for (const party of parties) party.assertAlive();
    if (settled !== before) movedAt = Date.now();
    before = settled;
    if (Date.now() - movedAt > patienceMs) throw new Error('nothing is settled any more');
    await pause(lookEveryMs);
  }
}

async function countSettled(database: pg.Client, ids: readonly Uuid[]): Promise<number> {
  const { rows } = await database.query<{ settled: number }>(
    'select count(settled_at)::int as settled from operations where id = any($1::uuid[])',
    [ids],
  );
  return rows[0]?.settled ?? 0;
}

/** When operations were applied. Throws when one of them did not succeed. */
export async function applied(database: pg.Client, ids: readonly Uuid[]): Promise<Applied> {
  const { rows } = await database.query<{ status: string; code: string; count: number; first: number; last: number }>(
    `select status, rejection ->> 'code' as code, count(*)::int as count,
            (extract(epoch from min(settled_at)) * 1000)::float8 as first,
            (extract(epoch from max(pg_xact_commit_timestamp(xmin))) * 1000)::float8 as last
     from operations where id = any($1::uuid[]) group by 1, 2`,
    [ids],
  );
  const [only] = rows;
  if (only?.status !== 'succeeded' || only.count !== ids.length) {
    throw new Error(`not all of ${ids.length} operations succeeded: ${JSON.stringify(rows)}`);
  }
  return { count: only.count, firstAt: only.first, lastAt: only.last };
}
