import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { StartError } from '../bin/command.ts';
import { startEmbedded } from '../db/embedded/cluster.ts';
import { findRedisProgram, ownRedisDatabase, startRedis } from '../tests/support/redis.ts';
import { killParties } from './processes.ts';

/** What all parties of a run share: a PostgreSQL and a Redis of its own, as durable as in production. */
export interface Environment {
  /** A database of its own; a copy of `template` when there is one. Dropped with `drop`. */
  readonly database: (template?: BenchDatabase) => Promise<BenchDatabase>;
  /** The URL of an empty Redis database. */
  readonly redis: () => Promise<string>;
  readonly redisVersion: string;
  /** For files that only live as long as the run. */
  readonly directory: string;
  /** Ends and removes everything, also after a failure. */
  readonly close: () => Promise<void>;
}

export interface BenchDatabase {
  readonly name: string;
  /** As the owner of everything in it, and free of row-level security. */
  readonly url: string;
  readonly client: pg.Client;
  /** Closes `client`; needed before the database can be copied. */
  readonly disconnect: () => Promise<void>;
  readonly drop: () => Promise<void>;
}

/** `statfs` type of a file system in memory, on which a commit costs nothing and every comparison is wrong. */
const tmpfs = 0x01021994;

const gigabyte = 2 ** 30;

/**
 * What a small server would be given. The commit times tell when the last operation of a run was committed; without
 * checkpoints in the middle of them, runs are comparable.
 */
function settings() {
  return {
    track_commit_timestamp: 'on',
    shared_buffers: `${Math.min(1_024, Math.floor((totalmem() / gigabyte) * 256))}MB`,
    max_wal_size: '8GB',
    checkpoint_timeout: '30min',
  };
}

/** Throws StartError where there is no Redis. */
export async function openEnvironment(): Promise<Environment> {
  if (findRedisProgram() === null) {
    throw new StartError(
      'The bench needs a redis-server on PATH (Debian: apt-get install redis-server, macOS: brew install redis).',
    );
  }
  const directory = await mkdtemp(join(await directoryOnDisk(), 'counterfoil-bench-'));
  await chmod(directory, 0o711); // when we are root, PostgreSQL runs as somebody who has to pass through
  const closers: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async () => {
    killParties();
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  try {
    const embedded = await startEmbedded({ dataDir: directory, log: console.error, settings: settings() });
    closers.push(() => rm(embedded.directory, { recursive: true, force: true }), embedded.stop);
    const redis = await startRedis({ appendOnly: true });
    closers.push(redis.stop);
    return {
      database: (template) => createDatabase(embedded.url, template),
      redis: () => ownRedisDatabase(redis.url),
      redisVersion: await versionOf(redis.url),
      directory,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function directoryOnDisk(): Promise<string> {
  for (const directory of [tmpdir(), '/var/tmp']) {
    if ((await statfs(directory)).type !== tmpfs) return directory;
  }
  throw new StartError('The folder for temporary files is in memory: set TMPDIR to one on a disk.');
}

async function versionOf(redisUrl: string): Promise<string> {
  const redis = new Redis(redisUrl);
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
  } finally {
    redis.disconnect();
  }
}

async function createDatabase(serverUrl: string, template?: BenchDatabase): Promise<BenchDatabase> {
  const name = `bench_${randomUUID().replaceAll('-', '')}`;
  // Copying files ends with a checkpoint, so that no run pays for what was written before it.
  const copied = template === undefined ? '' : `template ${template.name} strategy file_copy`;
  await onServer(serverUrl, `create database ${name} ${copied}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const client = await connected(url.href);
  return {
    name,
    url: url.href,
    client,
    disconnect: () => client.end(),
    drop: async () => {
      await client.end().catch(() => undefined);
      await onServer(serverUrl, `drop database ${name} with (force)`);
    },
  };
}

async function onServer(serverUrl: string, statement: string): Promise<void> {
  const client = await connected(serverUrl);
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'counterfoil-bench' });
  await client.connect();
  return client;
}
