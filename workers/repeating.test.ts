import { beforeEach, expect, it, vi } from 'vitest';
import { repeating } from './repeating.ts';

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

it('begins at once, and again some time after each round has ended, also one that failed', async () => {
  const failures: unknown[] = [];
  const ends: (() => void)[] = [];
  const work = vi.fn(
    () => new Promise<void>((resolve, reject) => ends.push(ends.length === 0 ? resolve : () => reject('broken'))),
  );
  const running = repeating(100, work, (error) => failures.push(error));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(work).toHaveBeenCalledTimes(1); // it has not ended

  ends[0]?.();
  await vi.advanceTimersByTimeAsync(99);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(work).toHaveBeenCalledTimes(2);

  ends[1]?.();
  await vi.advanceTimersByTimeAsync(100);
  expect([work.mock.calls.length, failures]).toEqual([3, ['broken']]);
  ends[2]?.();
  await running.close();
});

it('waits for the round that runs when it is closed, and begins none after it', async () => {
  let end = (): void => {};
  const work = vi.fn(() => new Promise<void>((resolve) => (end = resolve)));
  const running = repeating(100, work, () => {});
  let isClosed = false;
  const closed = running.close().then(() => (isClosed = true));
  await vi.advanceTimersByTimeAsync(500);
  expect(isClosed).toBe(false);
  end();
  await closed;
  await vi.advanceTimersByTimeAsync(500);
  expect(work).toHaveBeenCalledTimes(1);
});
