import type { RejectionCode } from '../../shared/contract/rejections.ts';
import type { Operation, Settled } from './submit.ts';

/** What an operation should come to. */
export type Expectation = 'succeeded' | RejectionCode;

/** Everything that the summary is made of. */
export interface Tally {
  /** Counts an operation with its outcome; one that was not expected becomes a surprise. */
  readonly settled: (what: string, settled: Settled, expected: Expectation) => void;
  /** Something that is not as it must be. */
  readonly surprise: (text: string) => void;
  /** A request that was sent again under its key and got the answer of the first. */
  readonly repeated: () => void;
  /** A key that was used for another request, and refused. */
  readonly keyRefused: () => void;
  readonly sums: () => Sums;
}

export interface Sums {
  readonly operations: number;
  readonly succeeded: number;
  readonly rejectedByCode: ReadonlyMap<string, number>;
  readonly repeats: number;
  readonly keysRefused: number;
  /** From submitting to the outcome, ascending. */
  readonly latenciesMs: readonly number[];
  readonly surprises: readonly string[];
}

/** `succeeded`, or the code of the rejection. */
export function endOf({ status, rejection }: Operation): string {
  return status === 'rejected' ? (rejection?.code ?? status) : status;
}

export function createTally(): Tally {
  const latencies: number[] = [];
  const ends = new Map<string, number>();
  const surprises: string[] = [];
  let repeats = 0;
  let keysRefused = 0;

  return {
    settled: (what, { operation, ms }, expected) => {
      const end = endOf(operation);
      latencies.push(ms);
      ends.set(end, (ends.get(end) ?? 0) + 1);
      if (end !== expected) surprises.push(`${what}: expected ${expected}, got ${end} (operation ${operation.id})`);
    },
    surprise: (text) => {
      surprises.push(text);
    },
    repeated: () => {
      repeats += 1;
    },
    keyRefused: () => {
      keysRefused += 1;
    },
    sums: () => ({
      operations: latencies.length,
      succeeded: ends.get('succeeded') ?? 0,
      rejectedByCode: new Map([...ends].filter(([end]) => end !== 'succeeded')),
      repeats,
      keysRefused,
      latenciesMs: [...latencies].sort((a, b) => a - b),
      surprises: [...surprises],
    }),
  };
}
