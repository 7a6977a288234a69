import type pg from 'pg';

/** Something that can run a query: a pool (its own transaction) or a client inside one. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>>;
}

/**
 * A statement of a hot path: parsed and planned once per connection, then only bound. The text is fixed and every
 * value a parameter; many rows travel as parallel arrays (`unnest`), one statement per table and batch.
 */
export function statement<Row extends pg.QueryResultRow>(name: string, text: string) {
  return async (on: Queryable, values: readonly unknown[]): Promise<pg.QueryResult<Row>> =>
    on.query<Row>({ name, text, values: [...values] });
}
