import { Queue } from 'bullmq';
import { type QueueName, queueNames, type WakeUp } from '../contract/queues.ts';
import { groupedBy } from '../domain/grouped-by.ts';
import { type Backend, backendOf, type JobQueue, openFactory, type QueueConfig } from './queue-backend.ts';
import { within } from './within.ts';

/** A job to add: see `WakeUp`. `id` is the job's id; one that BullMQ still keeps is silently not added again. */
export interface Wake {
  readonly queue: QueueName;
  readonly id: string;
  /** What the board shows: the kind of the first operation. */
  readonly name: string;
  readonly data: WakeUp;
  readonly delayMs?: number;
}

/** Jobs by state, for each queue. */
export type QueueDepths = Readonly<Record<QueueName, Readonly<Record<string, number>>>>;

/** The side that adds jobs, the same for both BullMQ backends. */
export interface Producer {
  readonly backend: Backend;
  /**
   * Adds jobs, in bulk per queue. Rejects within a few seconds when the queues cannot be reached; nothing is lost
   * then, because the sweeper wakes every lane that waits.
   */
  add(wakes: readonly Wake[]): Promise<void>;
  depths(): Promise<QueueDepths>;
  /**
   * How far the workers are behind, ms: since when the oldest job waits in each queue, without those where none does.
   * Jobs are taken in the order in which they were added: all that were added before that one are in somebody's hands.
   */
  lags(): Promise<ReadonlyMap<QueueName, number>>;
  /** Resolves when the queues answer; rejects with why they do not. */
  ping(): Promise<void>;
  /** For Bull Board. */
  boardQueues(): Promise<readonly Queue[]>;
  close(): Promise<void>;
}

/** An add that takes longer is given up; it may still land, which does no harm: a job is only a wake-up. */
const addTimeoutMs = 3_000;

/**
 * What every job is added with; written out because the defaults are not ours. A job that fails has met a database
 * that was away: three tries a second apart, after which the sweeper's wake-up takes over. Finished jobs are kept for
 * the board, bounded in number and age.
 */
const jobOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: { count: 1_000, age: 24 * 3_600 },
  removeOnFail: { count: 5_000, age: 7 * 24 * 3_600 },
};

/**
 * Opens the queues. They are built at the first use that finds the store alive, and built again when one did not become
 * ready: on PostgreSQL a queue object that was first used while the database was away stays dead.
 */
export function openProducer(config: QueueConfig): Producer {
  const factory = openFactory(config, 'producer');
  const opened = new Map<QueueName, Promise<JobQueue>>();

  const queueOf = (name: QueueName): Promise<JobQueue> => {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const opening = open(name);
    opened.set(name, opening);
    opening.catch(() => opened.delete(name));
    return opening;
  };
  const open = async (name: QueueName): Promise<JobQueue> => {
    await factory.ping();
    const queue = factory.queue(name);
    try {
      await within(addTimeoutMs, queue.waitUntilReady());
      return queue;
    } catch (error) {
      queue.close().catch(() => undefined);
      throw error;
    }
  };

  return {
    backend: backendOf(config),
    add: async (wakes) => {
      await Promise.all(
        [...groupedBy(wakes, ({ queue }) => queue)].map(async ([name, jobs]) => {
          const queue = await queueOf(name);
          await within(addTimeoutMs, addAll(queue, jobs.map(jobOf)));
        }),
      );
    },
    depths: async () => {
      const counts = async (name: QueueName) => within(addTimeoutMs, (await queueOf(name)).getJobCounts());
      const [booking, refund, allocation, loyalty, effects] = await Promise.all([
        counts('booking'),
        counts('refund'),
        counts('allocation'),
        counts('loyalty'),
        counts('effects'),
      ]);
      return { booking, refund, allocation, loyalty, effects };
    },
    lags: async () => {
      const now = Date.now();
      const lags = await Promise.all(
        queueNames.map(async (name) => {
          const since = await within(addTimeoutMs, (await queueOf(name)).waitingSince());
          return since === null ? [] : [[name, Math.max(0, now - since)] as const];
        }),
      );
      return new Map(lags.flat());
    },
    ping: () => within(addTimeoutMs, factory.ping()),
    boardQueues: async () => {
      const queues: unknown[] = await Promise.all(queueNames.map(queueOf));
      return queues.filter((queue) => queue instanceof Queue);
    },
    close: async () => {
      const settled = await Promise.allSettled(opened.values());
      await Promise.allSettled(
        settled.map((queue) => (queue.status === 'fulfilled' ? queue.value.close() : undefined)),
      );
      await factory.close();
    },
  };
}

interface NewJob {
  name: string;
  data: WakeUp;
  opts: object;
}

/** One alone mostly: operations accepted together share a job. It then needs no pipeline, which costs 10 kB each. */
function addAll(queue: JobQueue, jobs: NewJob[]): Promise<unknown> {
  const [alone, ...others] = jobs;
  return alone === undefined || others.length > 0 ? queue.addBulk(jobs) : queue.add(alone.name, alone.data, alone.opts);
}

function jobOf({ id, name, data, delayMs }: Wake): NewJob {
  return { name, data, opts: { jobId: id, ...(delayMs === undefined ? {} : { delay: delayMs }), ...jobOptions } };
}
