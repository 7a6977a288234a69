import { once } from 'node:events';
import {
  createPostgresBackend,
  isPgPool,
  type Processor,
  Queue,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type QueueName, queueNames, type WakeUp } from '../contract/queues.ts';
import { within } from './within.ts';

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
  add(name: string, data: WakeUp, opts: object): Promise<unknown>;
  addBulk(jobs: { name: string; data: WakeUp; opts: object }[]): Promise<unknown>;
  getJobCounts(): Promise<Record<string, number>>;
  /** When the job was added that is next, epoch ms; null when none waits. */
  waitingSince(): Promise<number | null>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

/** What we use of a worker. */
export interface JobWorker {
  /** Jobs in hand at once, at most; those that are more already are not given back. */
  concurrency: number;
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
  return config.redisUrl === null ? postgresFactory(config, side) : redisFactory(config, config.redisUrl, side);
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
      return Object.assign(queue, { waitingSince: async () => (await queue.getWaiting(0, 0))[0]?.timestamp ?? null });
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

/** Connections per queue of one factory; a worker listens on one of its own besides. */
const connectionsPerQueue = 2;

const closeLimitMs = 1_000;

/** Where `db/migrate.ts` puts BullMQ's tables. */
const queueSchema = 'bullmq';

/** BullMQ's own `getWaiting(0, 0)` gives the newest here: it takes the page first, and turns it round then. */
const nextJob = `select added_at_ms::float8 as at from job
  where queue = $1 and state = 'waiting' and priority = 0 order by seq limit 1`;

function postgresFactory({ databaseUrl, log }: QueueConfig, side: 'producer' | 'worker'): QueueFactory {
  const Postgres = withBackend(createPostgresBackend);
  const warn = (error: Error) => log.warn({ err: error }, 'queue database');
  // Not a pool of BullMQ's own: that one lets a connection on which it listens be without a listener for errors for a
  // moment, and one that the server ends just then takes the whole process with it.
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'counterfoil-queue',
    options: `-c role=counterfoil_app -c jit=off -c search_path=${queueSchema}`,
    max: queueNames.length * (connectionsPerQueue + (side === 'worker' ? 1 : 0)),
    connectionTimeoutMillis: commandTimeoutMs,
    keepAlive: true,
  });
  pool.on('error', warn);
  pool.on('connect', (client) => client.on('error', warn));
  if (!isPgPool(pool)) throw new Error('BullMQ takes no pool of pg'); // it does: this is for the compiler, whose two types differ
  return {
    queue: (name) => {
      const queue = new Postgres.Queue<WakeUp>(name, { connection: pool });
      queue.on('error', warn);
      const waitingSince = async () => {
        const { rows } = await pool.query<{ at: number }>(nextJob, [name]);
        return rows[0]?.at ?? null;
      };
      return Object.assign(queue, { waitingSince });
    },
    worker: (name, processor, options) => {
      const worker = new Postgres.Worker<WakeUp>(name, processor, { ...options, connection: pool });
      worker.on('error', warn);
      return worker;
    },
    ping: async () => {
      await pool.query('select 1');
    },
    // What was not given back in time is lost with the process.
    close: () => within(closeLimitMs, pool.end()).catch(warn),
  };
}
