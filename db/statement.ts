import type { Writable } from 'node:stream';
import type pg from 'pg';
import { sqlStateOf } from './failures.ts';

/** Something that can run a query: a pool (its own transaction) or a client inside one. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>>;
  /** Of a client: what its socket can do. */
  readonly connection?: { readonly stream: Pick<Writable, 'cork' | 'uncork'> };
}

/**
 * Sends the statements that `begin` begins, none of which needs another's answer, in their order and as one packet, and
 * waits for all: one round trip, and a fraction of the system calls. The connection must be one of `createPool`'s, in a
 * transaction: when one fails, those after it fail too, and the error is that of the first.
 */
export async function sendTogether<const Results extends readonly Promise<unknown>[]>(
  on: Queryable,
  begin: () => Results,
): Promise<{ -readonly [Index in keyof Results]: Awaited<Results[Index]> }> {
  const begun = corked(on, begin);
  await assertAll(begun);
  return Promise.all(begun);
}

function corked<Result>(on: Queryable, begin: () => Result): Result {
  on.connection?.stream.cork();
  try {
    return begin();
  } finally {
    on.connection?.stream.uncork();
  }
}

/** What every statement says once one before it in its transaction has failed: never the cause. */
const transactionIsAborted = '25P02';

/**
 * Throws the cause when one has failed. Which of several rejections is heard first depends on how many promises each came
 * through; a passing cause mistaken for what followed from it would make poison of its whole batch.
 */
async function assertAll(begun: readonly Promise<unknown>[]): Promise<void> {
  const failures = (await Promise.allSettled(begun)).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (failures.length === 0) return;
  throw failures.find((failure) => sqlStateOf(failure) !== transactionIsAborted) ?? failures[0];
}

/**
 * A statement of a hot path: parsed and planned once per connection, then only bound. The text is fixed and every
 * value a parameter; many rows travel as parallel arrays (`unnest`), one statement per table and batch.
 */
export function statement<Row extends pg.QueryResultRow>(name: string, text: string) {
  return async (on: Queryable, values: readonly unknown[]): Promise<pg.QueryResult<Row>> =>
    on.query<Row>({ name, text, values: [...values] });
}
