import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import type { Uuid } from '../../shared/domain/ids.ts';

/** Which part of a list: at most `limit` rows, after the one with these sort keys. */
export interface PageRequest<Keys> {
  readonly limit: number;
  readonly after: Keys | null;
}

/** The sort keys of lists that are in order of time: microseconds since 1970, as text, and the id of the row. */
export const timeKeys = z.tuple([z.string().regex(/^\d{1,16}$/), z.guid()]);

export type TimeKeys = readonly [micros: string, id: Uuid];

/** The exact instant of a column; a Date has milliseconds only, and would skip or repeat rows at a page's edge. */
export function microsOf(column: PgColumn): SQL<string> {
  return sql<string>`(extract(epoch from ${column}) * 1000000)::bigint::text`;
}

/** Whether a row comes after `keys` in a list that is newest first; no condition on the first page. */
export function isAfter(time: PgColumn, id: PgColumn, keys: TimeKeys | null): SQL | undefined {
  if (keys === null) return undefined;
  const [micros, rowId] = keys;
  const instant = sql`(timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond')`;
  return sql`(${time}, ${id}) < (${instant}, ${rowId}::uuid)`;
}
