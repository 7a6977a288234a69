/**
 * Keeps the number of waiting operations below a limit without counting them every time: what waits is at most the
 * last count plus what was accepted since. The table is counted again when that bound reaches the limit, and after
 * every tenth of the limit, because other API processes accept as well.
 */
export interface Backpressure {
  /** How many of `wanted` more operations may be accepted now. */
  readonly admit: (wanted: number) => Promise<number>;
  readonly accepted: (count: number) => void;
}

export interface BackpressureOptions {
  readonly waitingMax: number;
  /** Counts the operations that wait. */
  readonly count: () => Promise<number>;
  readonly now: () => number;
}

/** While it is full, every request would have the table counted: this often is enough. */
const recountEveryMs = 200;

/** Which part of the limit one process may accept before it looks at what the others have accepted. */
const unseenShare = 0.1;

/** Not to be asked twice at once. */
export function createBackpressure({ waitingMax, count, now }: BackpressureOptions): Backpressure {
  let counted = Number.POSITIVE_INFINITY;
  let countedAt = Number.NEGATIVE_INFINITY;
  let acceptedSince = 0;

  const isDoubtful = (wanted: number) =>
    counted + acceptedSince + wanted > waitingMax || acceptedSince >= waitingMax * unseenShare;

  return {
    admit: async (wanted) => {
      if (isDoubtful(wanted) && now() - countedAt >= recountEveryMs) {
        counted = await count();
        countedAt = now();
        acceptedSince = 0;
      }
      return Math.max(0, Math.min(wanted, waitingMax - counted - acceptedSince));
    },
    accepted: (accepted) => {
      acceptedSince += accepted;
    },
  };
}
