import type { Element } from './arrays.ts';
import type { Parameter } from './statement.ts';

/**
 * How rows become the parameters of a statement: one array for each column.
 *
 * To be called once, where a module begins: V8 forgets what it has compiled of a function when it collects garbage while
 * nobody holds one, and of those that are written where they are used nobody does between two batches.
 */
export function byColumn<Row>(...valuesOf: readonly ((row: Row) => Element)[]): (rows: readonly Row[]) => Parameter[] {
  return (rows) => {
    const arrays: Parameter[] = [];
    for (const column of valuesOf) arrays.push(rows.map(column));
    return arrays;
  };
}
