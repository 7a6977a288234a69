import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { decodeNotice, encodeNotices } from './settlement-notice.ts';

it('gives back the ids, however many there are, in notices that PostgreSQL takes', () => {
  const ids = Array.from({ length: 1_000 }, () => randomUUID());

  const notices = encodeNotices(ids);

  expect(notices.flatMap(decodeNotice)).toEqual(ids);
  expect(Math.max(...notices.map((notice) => Buffer.byteLength(notice)))).toBeLessThan(7_900);
});

it('finds no id in what it did not write', () => {
  expect(encodeNotices([])).toEqual([]);
  expect(decodeNotice('')).toEqual([]);
  expect(decodeNotice('{"id":"1"}')).toEqual([]);
  expect(decodeNotice('!'.repeat(22))).toEqual([]);
});
