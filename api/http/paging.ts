import { z } from 'zod';
import { invalid } from './problem.ts';

export const limitDefault = 50;
export const limitMax = 200;

/** A whole number in a query, which is text. */
export function wholeNumberParameter(min: number, max: number) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

/** What every list takes. */
export const pageParameters = {
  limit: wholeNumberParameter(1, limitMax).default(limitDefault),
  cursor: z.string().max(500).optional().meta({ description: 'The `nextCursor` of the page before.' }),
};

/** What every list answers. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'Null on the last page.' }),
  });
}

export interface Page<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
}

/** Where a page begins: after the row with these sort keys. */
export function encodeCursor(keys: readonly string[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/** The sort keys of a cursor; null without one. Throws 400 for anything that is not a cursor of this list. */
export function decodeCursor<Keys extends readonly string[]>(
  cursor: string | undefined,
  keys: z.ZodType<Keys>,
): Keys | null {
  if (cursor === undefined) return null;
  try {
    return keys.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw invalid('cursor', 'is not a cursor of this list');
  }
}

/**
 * A page of `limit` items from rows that were read with a limit one higher, so that the last page is known to be the
 * last.
 */
export function pageFrom<Row, Item>(
  rows: readonly Row[],
  limit: number,
  { item, keys }: { readonly item: (row: Row) => Item; readonly keys: (row: Row) => readonly string[] },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(item),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keys(last)) : null,
  };
}
