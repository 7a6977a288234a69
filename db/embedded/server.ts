import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { postgresEnvironment } from './account.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedError } from './embedded-error.ts';
import type { Home } from './home.ts';
import { superuser } from './initialise.ts';
import { findPostmaster, isAlive, lastPortOf, type Postmaster, waitUntilGone } from './postmaster.ts';

/** Recovery after a crash replays at most `max_wal_size`; a slow disk needs a while for that. */
const readyLimitMs = 120_000;

const launchesMax = 5;

const relaunchMs = 200;

const passwordRefused = '28P01';

/** Times 20 ms and a little. */
const refusalsMax = 100;

/** Past this the log starts anew. */
const logBytesMax = 10_000_000;

/** Names and values of `-c`. */
export type Settings = Readonly<Record<string, string | number>>;

const settings: Settings = {
  listen_addresses: '127.0.0.1',
  // TCP only: the path of a socket may not be longer than 107 bytes, and a project's folder easily is.
  unix_socket_directories: '',
  // BullMQ's PostgreSQL backend alone holds two to three connections per queue and process.
  max_connections: 200,
  shared_buffers: '256MB',
  // Fewer, larger checkpoints; a crash then replays up to this much.
  max_wal_size: '2GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
};

/** For data that nobody will miss: a crash of the machine may lose or break them. */
const carelessSettings: Settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export interface LaunchOptions {
  readonly durable: boolean;
  readonly extra: Settings;
  /** Only this port will do, because others already know it; null: the last one, or any. */
  readonly port: number | null;
}

/**
 * Starts a server on the data and waits until it answers. When another process was quicker, its server is returned.
 * Throws EmbeddedError with what PostgreSQL said.
 */
export async function launch(home: Home, binaries: Binaries, options: LaunchOptions): Promise<Postmaster> {
  let said = '';
  for (let attempt = 0; attempt < launchesMax; attempt += 1) {
    // Between finding a port free and using it somebody else may take it; the next attempt takes any other.
    const port = options.port ?? (await freePort(attempt === 0 ? lastPortOf(home.data) : null));
    const launched = spawnServer(home, binaries, port, options);
    if (await untilReady(home, port, launched.isGone)) return { pid: launched.pid(), port };

    said = launched.said();
    const winner = findPostmaster(home.data);
    if (winner !== null && (await isReady(home, winner))) return winner;
    // After a crash, processes of the old server may need a moment to notice and to let go of its memory.
    await pause(relaunchMs);
  }
  throw new EmbeddedError(`PostgreSQL did not start: ${said.trim() || 'it ended without a word'}`);
}

/** Waits until a running server answers, while it starts, recovers or shuts down; false when it ends instead. */
export function isReady(home: Home, { pid, port }: Postmaster): Promise<boolean> {
  return untilReady(home, port, () => !isAlive(pid));
}

/** Ends the server: connections are cut and everything is written out; if that hangs, the next start recovers. */
export async function stopServer({ pid }: Postmaster): Promise<void> {
  const orders = [
    { signal: 'SIGINT', limitMs: 10_000 },
    { signal: 'SIGQUIT', limitMs: 5_000 },
  ] as const;
  for (const { signal, limitMs } of orders) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    if (await waitUntilGone(pid, limitMs)) return;
  }
  throw new EmbeddedError(`PostgreSQL (process ${pid}) does not end.`);
}

export function connectionStringOf({ passwordFile }: Home, port: number, database: string): string {
  const password = readFileSync(passwordFile, 'utf8').trim();
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;
}

interface Launched {
  readonly pid: () => number;
  readonly isGone: () => boolean;
  /** What it wrote to its log so far. */
  readonly said: () => string;
}

function spawnServer(home: Home, { postgres }: Binaries, port: number, { durable, extra }: LaunchOptions): Launched {
  const flags = Object.entries({ ...settings, ...(durable ? {} : carelessSettings), ...extra });
  const log = openSync(home.logFile, hasRoom(home.logFile) ? 'a' : 'w', 0o600);
  const logStart = fstatSync(log).size;
  const child = spawn(
    postgres,
    ['-D', home.data, '-p', String(port), ...flags.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...home.account.as,
      cwd: home.directory,
      env: postgresEnvironment,
      // A session of its own, so that Ctrl-C does not reach it before we have drained; a file instead of a pipe, so
      // that it can go on when we are killed.
      detached: true,
      stdio: ['ignore', log, log],
    },
  );
  closeSync(log);
  child.unref();

  let failure: string | null = null;
  child.once('error', (error) => {
    failure = error.message;
  });
  return {
    pid: () => child.pid ?? 0,
    isGone: () => failure !== null || child.exitCode !== null || child.signalCode !== null,
    said: () => failure ?? readFileSync(home.logFile).subarray(logStart).toString('utf8'),
  };
}

function hasRoom(logFile: string): boolean {
  return (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) < logBytesMax;
}

/** True once the server on this port takes our password, false when it is gone. */
async function untilReady(home: Home, port: number, isGone: () => boolean): Promise<boolean> {
  const deadline = Date.now() + readyLimitMs;
  for (let refusals = 0; !isGone(); ) {
    const failure = await tryConnection(home, port);
    if (failure === null) return true;
    // It may be another server that has just taken the port, in which case ours is about to end.
    refusals = 'code' in failure && failure.code === passwordRefused ? refusals + 1 : 0;
    if (refusals > refusalsMax || Date.now() > deadline) {
      throw new EmbeddedError(`PostgreSQL runs on ${home.data}, port ${port}, but cannot be used: ${failure.message}`);
    }
    await pause(20);
  }
  return false;
}

async function tryConnection(home: Home, port: number): Promise<Error | null> {
  const client = new pg.Client({
    connectionString: connectionStringOf(home, port, 'postgres'),
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => {}); // it may be cut while it is being closed
  try {
    await client.connect();
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await client.end().catch(() => {});
  }
}

/** A port that nobody uses: the wanted one if that can be had. */
async function freePort(wanted: number | null): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => (wanted === null ? reject(error) : resolve(freePort(null))));
    server.listen({ host: '127.0.0.1', port: wanted ?? 0, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
