import type pg from 'pg';
import { acceptOperations, type Acceptance as Recorded, type Submission } from '../../db/accept.ts';
import { failureKindOf, sqlStateOf } from '../../db/failures.ts';
import type { Queryable } from '../../db/statement.ts';

/** What became of one submission: an answer, or the exception that recording it ended with. */
export type RecordResult = Recorded | { readonly status: 'failed'; readonly error: unknown };

/**
 * Tries of one statement. Every one is safe: what an earlier try recorded, although its answer was lost, is found by
 * the next one as a repeat.
 */
const triesMax = 4;

/** Later than this nobody tries again: a caller who hears 503 now can, too. */
const tryWithinMs = 4_000;

/** PostgreSQL itself ends a statement after 30 s; a server that no longer answers at all is given up before that. */
const answerTimeoutMs = 10_000;

interface TimedQuery extends pg.QueryConfig {
  readonly query_timeout: number;
}

/** A pool whose statements are given up after `answerTimeoutMs`. */
export function impatient(pool: pg.Pool): Queryable {
  return {
    query: (config) => {
      const timed: TimedQuery = { query_timeout: answerTimeoutMs, ...config };
      return pool.query(timed);
    },
  };
}

/**
 * Records submissions of one moment in one statement. When another process records one of them in the same instant,
 * or the connection breaks, it tries again; when the statement cannot be executed because of what is in it, each is
 * recorded alone, so that one caller's request cannot fail those of others.
 */
export async function record(
  on: Queryable,
  submissions: readonly Submission[],
  waitingPerLaneMax: number,
): Promise<RecordResult[]> {
  if (submissions.length === 0) return [];
  try {
    return await withTries(() => acceptOperations(on, submissions, waitingPerLaneMax));
  } catch (error) {
    if (submissions.length === 1 || failureKindOf(error) !== 'poison') {
      return submissions.map(() => ({ status: 'failed', error }));
    }
    const alone: RecordResult[] = [];
    for (const submission of submissions) alone.push(...(await record(on, [submission], waitingPerLaneMax)));
    return alone;
  }
}

async function withTries<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const begunAt = Date.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const isWorthIt = sqlStateOf(error) === '23505' || failureKindOf(error) !== 'poison';
      if (!isWorthIt || tries >= triesMax || Date.now() - begunAt > tryWithinMs) throw error;
    }
  }
}
