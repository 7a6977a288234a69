import type { Producer } from '../../shared/runtime/queues.ts';
import { type Woken, wakesOf } from '../../shared/runtime/wakes.ts';

/**
 * Adds the jobs of accepted operations in the background, after the answer: what is recorded is safe without a job,
 * and a lane whose job was lost is woken by the sweeper. While one add is on its way, the next one's operations
 * collect; more than `waitingMax` are dropped, so that a queue that hangs does not fill the memory.
 */
export interface WakeQueue {
  readonly push: (operations: readonly Woken[]) => void;
  /** Resolves when nothing is left to add. */
  readonly drained: () => Promise<void>;
}

export interface WakeQueueOptions {
  readonly producer: Pick<Producer, 'add'>;
  readonly log: { warn: (details: object, message: string) => void };
}

const waitingMax = 20_000;

/** A queue that is away fails every add: say so now and then. */
const complaintEveryMs = 5_000;

export function createWakeQueue({ producer, log }: WakeQueueOptions): WakeQueue {
  let waiting: Woken[] = [];
  let running: Promise<void> | null = null;
  let lostSinceComplaint = 0;
  let complainedAt = 0;

  const lose = (count: number, error: unknown) => {
    lostSinceComplaint += count;
    if (Date.now() - complainedAt < complaintEveryMs) return;
    log.warn(
      { err: error, operations: lostSinceComplaint },
      'jobs could not be added; the sweeper will wake the lanes',
    );
    complainedAt = Date.now();
    lostSinceComplaint = 0;
  };
  const run = async () => {
    while (waiting.length > 0) {
      const operations = waiting;
      waiting = [];
      await producer.add(wakesOf(operations)).catch((error: unknown) => lose(operations.length, error));
    }
    running = null;
  };

  return {
    push: (operations) => {
      if (operations.length === 0) return; // `run` would end before it is known to be running, and never start again
      if (waiting.length + operations.length > waitingMax) {
        lose(operations.length, new Error('too many jobs wait to be added'));
        return;
      }
      waiting.push(...operations);
      running ??= run();
    },
    drained: async () => {
      while (running !== null) await running;
    },
  };
}
