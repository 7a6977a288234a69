import type pg from 'pg';
import type { Submission } from '../../db/accept.ts';
import { withTransaction } from '../../db/client.ts';
import { acceptScheduled } from '../../db/schedules.ts';

/** Records operations of the house, as what Stripe answers is. */
export function recordSteps(pool: pg.Pool, steps: readonly Submission[]): Promise<readonly Submission[]> {
  return withTransaction(pool, (tx) => acceptScheduled(tx, steps));
}
