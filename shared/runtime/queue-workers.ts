import { Redis } from 'ioredis';
import { type QueueName, queueNames, type WakeUp, wakeUp } from '../contract/queues.ts';
import { jobsAtOnce } from './jobs-at-once.ts';
import { type JobWorker, openFactory, type QueueConfig, type QueueFactory } from './queue-backend.ts';
import { within } from './within.ts';

export interface WorkerSetup extends QueueConfig {
  readonly name: string;
  /** Serves one wake-up; rejects when it could not be served now, and BullMQ brings it again. */
  readonly serve: (wake: WakeUp, queue: QueueName) => Promise<void>;
}

export interface Workers {
  /** Takes no more jobs and waits for those in hand. */
  close(): Promise<void>;
}

/**
 * How long a job may go without a sign of life. Longer than any pause we expect of a process (garbage collection, a
 * checkpoint), short enough that a dead worker's jobs run elsewhere soon; lanes do not wait for it, the sweeper wakes.
 */
const lockDurationMs = 30_000;
const stalledIntervalMs = 5_000;

/** A job that was lost more often than this is failed without being run; its lanes are left to the sweeper. */
const maxStalledCount = 5;

const rebuildPauseMs = 1_000;
const readyLimitMs = 5_000;
const closeLimitMs = 10_000;

/** Starts one BullMQ worker per queue, as soon as the store answers. */
export function openWorkers(setup: WorkerSetup): Workers {
  const closing = new AbortController();
  const factory = openFactory(setup, 'worker');
  const running = queueNames.map((name) => keepRunning(setup, factory, name, closing.signal));
  return {
    close: async () => {
      closing.abort();
      const workers = await Promise.all(running);
      // Closing has no limit of its own, and waits for a Redis that is away; the jobs in hand are only wake-ups.
      await Promise.allSettled(workers.map((worker) => within(closeLimitMs, worker?.close() ?? Promise.resolve())));
      await factory.close();
    },
  };
}

/** Builds a worker until one becomes ready: on PostgreSQL, one that met an absent database stays dead. */
async function keepRunning(
  setup: WorkerSetup,
  factory: QueueFactory,
  name: QueueName,
  closing: AbortSignal,
): Promise<JobWorker | null> {
  const jobs = jobsAtOnce();
  while (!closing.aborted) {
    let worker: JobWorker | null = null;
    const serve = async (data: unknown) => {
      const wake = wakeUp.parse(data);
      jobs.took(wake.lanes.length);
      if (worker !== null) worker.concurrency = jobs.now();
      await setup.serve(wake, name);
    };
    try {
      await within(readyLimitMs, factory.ping());
      worker = factory.worker(name, ({ data }) => serve(data), {
        name: setup.name,
        concurrency: jobs.now(),
        lockDuration: lockDurationMs,
        stalledInterval: stalledIntervalMs,
        maxStalledCount,
      });
      await within(readyLimitMs, worker.waitUntilReady());
      return worker;
    } catch (error) {
      worker?.close(true).catch(() => undefined);
      setup.log.warn({ err: error, queue: name }, 'the queue cannot be reached yet');
      await new Promise((resolve) => setTimeout(resolve, rebuildPauseMs));
    }
  }
  return null;
}

/**
 * Refuses a Redis that may forget jobs: one that evicts keys, or that keeps no append-only file. Nothing would be lost
 * (the sweeper wakes what waits), but every restart of Redis would cost seconds of delay for everybody.
 */
export async function assertRedisKeepsJobs(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 3 });
  try {
    const info = `${await redis.info('memory')}\n${await redis.info('persistence')}`;
    if (!/^maxmemory_policy:noeviction\s*$/m.test(info))
      throw new Error('Redis must run with maxmemory-policy noeviction');
    if (!/^aof_enabled:1\s*$/m.test(info)) throw new Error('Redis must run with appendonly yes');
  } finally {
    redis.disconnect();
  }
}
