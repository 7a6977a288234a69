import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { freePort } from './free-port.ts';

/** A Redis server that a test may treat as badly as it likes. */
export interface RedisServer {
  readonly url: string;
  /** Of the process that runs now, for signals such as SIGSTOP. */
  readonly pid: () => number;
  /** Ends it without a warning, as a crash does. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port, with what it had written to its append-only file. */
  readonly start: () => Promise<void>;
  /** Ends it for good and removes its files. */
  readonly stop: () => Promise<void>;
}

export interface RedisOptions {
  /** Whether it writes an append-only file, as in production. */
  readonly appendOnly?: boolean;
}

const startLimitMs = 10_000;

/** Plenty, so that each test file can have one of its own. */
const databasesMax = 1_000;

/** Where the run's Redis is, null when there is none; set by the global setup, or by a person who has one running. */
export function redisUrl(): string | null {
  return process.env.TEST_REDIS_URL ?? null;
}

/** The Redis program of this machine, null when there is none. */
export function findRedisProgram(): string | null {
  const directories = (process.env.PATH ?? '').split(delimiter);
  const programs = ['redis-server', 'valkey-server'].flatMap((name) => directories.map((path) => join(path, name)));
  return programs.find(isExecutable) ?? null;
}

/** Starts a Redis of the caller's own on a free port. */
export async function startRedis({ appendOnly = false }: RedisOptions = {}): Promise<RedisServer> {
  const program = findRedisProgram();
  if (program === null) throw new Error('no redis-server on PATH');
  const directory = await mkdtemp(join(tmpdir(), 'counterfoil-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const options = {
    bind: '127.0.0.1',
    port,
    dir: directory,
    save: '',
    appendonly: appendOnly ? 'yes' : 'no',
    'maxmemory-policy': 'noeviction',
    databases: databasesMax,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  let child: ChildProcess | null = null;

  const start = async () => {
    child = spawn(program, args, { stdio: 'ignore' });
    await untilItAnswers(url, child);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  await start();
  return {
    url,
    pid: () => child?.pid ?? 0,
    start,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGKILL'); // nothing in it is worth saving, and it may be stopped
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The URL of an empty database of this server that no other test file of this run uses. */
export async function ownRedisDatabase(serverUrl: string): Promise<string> {
  const redis = new Redis(serverUrl, { maxRetriesPerRequest: 1 });
  try {
    const [, count = '16'] = z.array(z.string()).parse(await redis.config('GET', 'databases'));
    const ordinal = await redis.incr('test-files');
    const index = 1 + (ordinal % (Number(count) - 1));
    await redis.select(index);
    await redis.flushdb();
    const url = new URL(serverUrl);
    url.pathname = `/${index}`;
    return url.href;
  } finally {
    redis.disconnect();
  }
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
  redis.on('error', () => {}); // said by the rejected calls below
  const deadline = Date.now() + startLimitMs;
  try {
    while (true) {
      const answered = await redis
        .connect()
        .then(() => redis.ping())
        .catch(() => null);
      if (answered !== null) return;
      redis.disconnect();
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`redis-server does not answer on ${url}`);
      await pause(20);
    }
  } finally {
    redis.disconnect();
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
