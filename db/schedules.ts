import type pg from 'pg';
import { acceptOperations, type Submission } from './accept.ts';
import { type Tx, withTransaction } from './client.ts';
import { sqlStateOf } from './failures.ts';
import { statement } from './statement.ts';

/** One process at a time in the whole cluster runs schedules; the number only has to be always the same. */
const scheduleLock = 726_173_116;

const tryLock = statement<{ locked: boolean }>('try_schedule_lock', 'select pg_try_advisory_xact_lock($1) as locked');

/** Something that time alone brings about, found in the database. */
export interface Schedule {
  readonly name: string;
  /** Finds what is due now; ids are derived from what it is about, so that finding it twice does it once. */
  readonly due: (tx: Tx) => Promise<readonly Submission[]>;
}

/** Records operations that nobody can be told to submit later: however many wait already in their lanes. */
export async function acceptScheduled(
  { client }: Pick<Tx, 'client'>,
  due: readonly Submission[],
): Promise<readonly Submission[]> {
  if (due.length === 0) return [];
  const answers = await acceptOperations(client, due, Number.MAX_SAFE_INTEGER);
  return due.filter((_, position) => answers[position]?.status === 'accepted');
}

const uniqueViolation = '23505';

/** In a crowd it may happen to one of many more than once. */
const triesMax = 4;

/**
 * Of two who record the same operation in the same instant (Stripe's answer and its webhook), the second one fails as a
 * whole; when it looks again it finds what the first has recorded.
 */
export async function unlessJustRecorded<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (sqlStateOf(error) !== uniqueViolation || tries === triesMax) throw error;
    }
  }
}

/** Records the operations of a schedule that are due. Null when another process is at it; otherwise the new ones. */
export function runSchedule(pool: pg.Pool, { due }: Schedule): Promise<readonly Submission[] | null> {
  return withTransaction(pool, async (tx) => {
    const { rows } = await tryLock(tx.client, [scheduleLock]);
    return rows[0]?.locked === true ? acceptScheduled(tx, await due(tx)) : null;
  });
}
