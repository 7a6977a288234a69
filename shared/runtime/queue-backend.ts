import { once } from 'node:events';
import {
  createPostgresBackend,
  type PostgresQueueBackend,
  type Processor,
  Queue,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { QueueName, WakeUp } from '../contract/queues.ts';

/** Where BullMQ keeps its jobs: Redis when there is a `redisUrl`, else the PostgreSQL of `databaseUrl`. */
export interface QueueConfig {
  readonly redisUrl: string | null;
  readonly databaseUrl: string;
  readonly log: { warn: (details: object, message: string) => void };
}

export type Backend = 'redis' | 'postgres';

export function backendOf({ redisUrl }: QueueConfig): Backend {
  return redisUrl === null ? 'postgres' : 'redis';
}

/** What we use of a queue, the same for both backends. */
export interface JobQueue {
  addBulk(jobs: { name: string; data: WakeUp; opts: object }[]): Promise<unknown>;
  getJobCounts(): Promise<Record<string, number>>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

/** What we use of a worker. */
export interface JobWorker {
  waitUntilReady(): Promise<unknown>;
  close(force?: boolean): Promise<void>;
  isRunning(): boolean;
}

/** One set of connections, and what is built on them. */
export interface QueueFactory {
  queue(name: QueueName): JobQueue;
  worker(name: QueueName, processor: Processor<WakeUp>, options: Omit<WorkerOptions, 'connection'>): JobWorker;
  /** Rejects when the store does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The braces make all keys of all queues one slot of a Redis Cluster. */
const redisPrefix = '{counterfoil}';

/** Producers answer callers: a command that takes longer is given up, and the sweeper does what it would have done. */
const commandTimeoutMs = 2_000;

const reconnectPauseMaxMs = 1_000;

export function openFactory(config: QueueConfig, side: 'producer' | 'worker'): QueueFactory {
  return config.redisUrl === null ? postgresFactory(config) : redisFactory(config, config.redisUrl, side);
}

function redisFactory({ log }: QueueConfig, url: string, side: 'producer' | 'worker'): QueueFactory {
  const connection = new Redis(url, {
    // Producers fail fast while Redis is away; workers wait for it for as long as it takes (BullMQ asks for null).
    ...(side === 'producer'
      ? { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: commandTimeoutMs }
      : { maxRetriesPerRequest: null }),
    retryStrategy: (times) => Math.min(times * 50, reconnectPauseMaxMs),
  });
  const warn = (error: Error) => log.warn({ err: error }, 'redis');
  connection.on('error', warn);
  return {
    queue: (name) => {
      const queue = new Queue<WakeUp>(name, { connection, prefix: redisPrefix });
      queue.on('error', warn);
      return queue;
    },
    worker: (name, processor, options) => {
      const worker = new Worker<WakeUp>(name, processor, { ...options, connection, prefix: redisPrefix });
      worker.on('error', warn);
      return worker;
    },
    ping: async () => {
      // Without an offline queue a command before the connection stands is refused, not kept.
      if (connection.status !== 'ready')
        await once(connection, 'ready', { signal: AbortSignal.timeout(commandTimeoutMs) });
      await connection.ping();
    },
    close: async () => connection.disconnect(),
  };
}

/** Connections of one queue or worker, besides the one that it listens on. */
const poolSize = 2;

function postgresFactory({ databaseUrl, log }: QueueConfig): QueueFactory {
  const Postgres = withBackend(createPostgresBackend);
  const warn = (error: Error) => log.warn({ err: error }, 'queue database');
  const connection = {
    connectionString: databaseUrl,
    application_name: 'counterfoil-queue',
    options: '-c role=counterfoil_app -c jit=off',
    max: poolSize,
    connectionTimeoutMillis: commandTimeoutMs,
    keepAlive: true,
  };
  return {
    queue: (name) => {
      const queue = new Postgres.Queue<WakeUp>(name, { connection });
      queue.on('error', warn);
      guardConnections(queue, warn);
      return queue;
    },
    worker: (name, processor, options) => {
      const worker = new Postgres.Worker<WakeUp>(name, processor, { ...options, connection });
      worker.on('error', warn);
      guardConnections(worker, warn);
      return worker;
    },
    ping: async () => {
      const client = new pg.Client(connection);
      client.on('error', warn);
      try {
        await client.connect();
      } finally {
        await client.end();
      }
    },
    close: async () => undefined,
  };
}

/** Without a listener of its own, a connection that the server ends while in use takes the whole process with it. */
function guardConnections(owner: { getBackend(): PostgresQueueBackend }, warn: (error: Error) => void): void {
  owner.getBackend().connection.pool.on('connect', (client) => client.on('error', warn));
}
