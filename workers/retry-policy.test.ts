import { describe, expect, it } from 'vitest';
import { retryInMsOf } from './retry-policy.ts';

const policy = { attempts: 5, baseMs: 500 };

describe('when a failed operation is tried again', () => {
  it('doubles the pause from failure to failure, and then asks a person', () => {
    expect([1, 2, 3, 4, 5, 6].map((failures) => retryInMsOf(policy, failures, 0))).toEqual([
      500,
      1_000,
      2_000,
      4_000,
      null,
      null,
    ]);
  });

  it('takes up to half off by chance, and never adds: the budget of 30 s is never overrun', () => {
    expect(retryInMsOf(policy, 1, 1)).toBe(250);
    expect(retryInMsOf(policy, 4, 0.5)).toBe(3_000);
    const longest = [1, 2, 3, 4].reduce((sum, failures) => sum + (retryInMsOf(policy, failures, 0) ?? 0), 0);
    expect(longest).toBeLessThan(policy.baseMs * 2 ** (policy.attempts - 1));
  });

  it('asks a person at once when there is one attempt', () => {
    expect(retryInMsOf({ attempts: 1, baseMs: 500 }, 1, 0)).toBe(null);
  });
});
