import { describe, expect, it } from 'vitest';
import { jobsAtOnce } from './jobs-at-once.ts';

/** How many there are after a while of jobs about so many lanes each. */
function afterManyOf(...lanesOfEach: readonly number[]): number {
  const jobs = jobsAtOnce();
  for (const lanes of lanesOfEach) for (let n = 0; n < 200; n += 1) jobs.took(lanes);
  return jobs.now();
}

describe('the jobs that a process has in hand at once', () => {
  it('are few until it is known how large they are', () => {
    expect(jobsAtOnce().now()).toBe(32);
  });

  it('are as many as fill batches when each is about one lane', () => {
    expect(afterManyOf(1)).toBe(256);
  });

  it('are fewer the larger they are, and more again', () => {
    expect(afterManyOf(64)).toBe(128);
    expect(afterManyOf(256)).toBe(32);
    expect(afterManyOf(256, 1)).toBe(256);
  });
});
