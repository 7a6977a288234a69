import { sql } from 'drizzle-orm';
import type pg from 'pg';
import type { Uuid } from '../../shared/domain/ids.ts';
import { type Tx, withTransaction } from '../client.ts';

/** With whose eyes a transaction reads. */
export interface Viewer {
  readonly id: Uuid;
  readonly isOperator: boolean;
}

/**
 * Runs `work` in one transaction in which row-level security shows what `viewer` may see and nothing else. `pool` is
 * that of the `reader` role: who forgets a condition finds too little, never too much. The settings end with the
 * transaction, so that the next user of the connection starts with none.
 */
export function readAs<Result>(pool: pg.Pool, viewer: Viewer, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  return withTransaction(pool, async (tx) => {
    const { id, isOperator } = viewer;
    await tx.db.execute(
      sql`select set_config('app.user_id', ${id}, true), set_config('app.is_operator', ${String(isOperator)}, true)`,
    );
    return work(tx);
  });
}
