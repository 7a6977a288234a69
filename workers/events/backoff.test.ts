import { expect, it } from 'vitest';
import { retryInMsOf } from './backoff.ts';

it('waits longer from failure to failure, up to an hour', () => {
  const minutes = [1, 2, 3, 4, 5, 6, 7, 100].map((failures) => retryInMsOf(failures, 0) / 60_000);
  expect(minutes).toEqual([5 / 60, 0.5, 2, 10, 30, 60, 60, 60]);
});

it('takes up to a quarter off', () => {
  expect(retryInMsOf(1, 1)).toBe(3_750);
  expect(retryInMsOf(1, 0.5)).toBe(4_375);
});
