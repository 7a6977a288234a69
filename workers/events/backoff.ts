const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** After the first failure, the second, …; after that always the last. */
const pausesMs = [5 * secondMs, 30 * secondMs, 2 * minuteMs, 10 * minuteMs, 30 * minuteMs, hourMs];

/**
 * The pause after the n-th failure of an event in a row (from 1). Jitter takes up to a quarter off, so that events that
 * failed together do not come back together.
 *
 * @param random from 0 to 1
 */
export function retryInMsOf(failures: number, random: number): number {
  const pauseMs = pausesMs[Math.min(failures, pausesMs.length) - 1] ?? hourMs;
  return Math.round(pauseMs * (1 - random / 4));
}
