export interface RetryPolicy {
  /** How often an operation is tried before a person is asked. */
  readonly attempts: number;
  /** Before the second try; doubles from try to try. */
  readonly baseMs: number;
}

/**
 * The pause after the n-th failure, or null when there is no further try. Jitter takes up to half off, so that
 * operations that failed together do not come back together; it never adds, so that the whole budget stays within
 * baseMs · 2^(attempts − 1), 8 s by default.
 *
 * @param random from 0 to 1
 */
export function retryInMsOf({ attempts, baseMs }: RetryPolicy, failures: number, random: number): number | null {
  if (failures >= attempts) return null;
  return Math.round(baseMs * 2 ** (failures - 1) * (1 - random / 2));
}
