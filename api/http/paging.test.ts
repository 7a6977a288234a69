import { expect, it } from 'vitest';
import { z } from 'zod';
import { timeKeys } from '../../db/queries/page.ts';
import { decodeCursor, encodeCursor, pageFrom, pageParameters } from './paging.ts';

const parameters = z.object(pageParameters);
const shown = { item: (n: number) => n, keys: (n: number) => [String(n)] };

it('says that there is more exactly when there is', () => {
  expect(pageFrom([3, 2, 1], 2, shown)).toEqual({ data: [3, 2], nextCursor: encodeCursor(['2']) });
  expect(pageFrom([3, 2], 2, shown)).toEqual({ data: [3, 2], nextCursor: null });
  expect(pageFrom([], 2, shown)).toEqual({ data: [], nextCursor: null });
});

it('reads its own cursors', () => {
  const keys = ['1780300800123456', '8c5f3a52-4a63-5b0f-9d5e-0a4c1f6c7b11'] as const;

  expect(decodeCursor(encodeCursor(keys), timeKeys)).toEqual(keys);
  expect(decodeCursor(undefined, timeKeys)).toBeNull();
});

it.each(['', 'x', '!!!', encodeCursor([]), encodeCursor(['1']), encodeCursor(['1; drop table users', 'x'])])(
  'refuses the cursor %j',
  (cursor) => {
    expect(() => decodeCursor(cursor, timeKeys)).toThrow('cursor is not a cursor of this list');
  },
);

it('takes limits from 1 to 200', () => {
  expect(parameters.parse({}).limit).toBe(50);
  expect(parameters.parse({ limit: '200' }).limit).toBe(200);
  for (const limit of ['0', '201', '-1', '1.5', 'ten', '', '1e2', ['1', '2']]) {
    expect(parameters.safeParse({ limit }).success, String(limit)).toBe(false);
  }
});
