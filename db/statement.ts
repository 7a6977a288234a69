import type { Writable } from 'node:stream';
import type pg from 'pg';

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
export function sendTogether<const Results extends readonly Promise<unknown>[]>(
  on: Queryable,
  begin: () => Results,
): Promise<{ -readonly [Index in keyof Results]: Awaited<Results[Index]> }> {
  on.connection?.stream.cork();
  try {
    return Promise.all(begin());
  } finally {
    on.connection?.stream.uncork();
  }
}

/**
 * A statement of a hot path: parsed and planned once per connection, then only bound. The text is fixed and every
 * value a parameter; many rows travel as parallel arrays (`unnest`), one statement per table and batch.
 */
export function statement<Row extends pg.QueryResultRow>(name: string, text: string) {
  return async (on: Queryable, values: readonly unknown[]): Promise<pg.QueryResult<Row>> =>
    on.query<Row>({ name, text, values: [...values] });
}
