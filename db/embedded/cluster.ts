import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Binaries, findBinaries } from './binaries.ts';
import { findHome, type Home } from './home.ts';
import { initialise } from './initialise.ts';
import { findPostmaster, isAlive, type Postmaster } from './postmaster.ts';
import { connectionStringOf, isReady, launch, type Settings, stopServer } from './server.ts';

/**
 * The embedded PostgreSQL: real programs from npm, data under the data directory, no set-up.
 *
 * It is found in one of these states, and every one of them leads to a server that answers:
 * no data (they are made) · data without a server (it is started; after a crash PostgreSQL recovers by itself) · data
 * with a server (we were killed and it was not, or another program of ours uses it: it is used as it is).
 */
export interface Embedded {
  /** Of the database `counterfoil`, as the superuser. The same for as long as the server is watched. */
  readonly url: string;
  /** Whether the server was running already. */
  readonly reused: boolean;
  /** Where its files are: below the data directory, as a rule. */
  readonly directory: string;
  /** Ends the server, whoever started it. */
  readonly stop: () => Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly log: (line: string) => void;
  /** False: faster, and the data do not survive a crash of the machine. For tests. */
  readonly durable?: boolean;
  readonly settings?: Settings;
  /** Whether it is started again, on the same port, should it end while nobody asked it to. */
  readonly watched?: boolean;
}

const databaseName = 'counterfoil';

const watchEveryMs = 200;

/** The pause before a server that ended is started again, doubling while that fails. */
const restartPauseMs = { first: 100, max: 5_000 };

/** Starts the embedded PostgreSQL or uses the one that runs. Throws EmbeddedError where that cannot work. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const home = findHome(options.dataDir, options.log);
  const found = findPostmaster(home.data);
  const isReused = found !== null && (await isReady(home, found));
  const server = isReused ? found : await startServer(home, options, null);

  await ensureDatabase(connectionStringOf(home, server.port, 'postgres'));
  const watch = options.watched === true ? watchServer(home, server, options) : null;
  return {
    url: connectionStringOf(home, server.port, databaseName),
    reused: isReused,
    directory: home.directory,
    stop: async () => {
      const latest = await watch?.end();
      await stopServer(latest ?? server);
    },
  };
}

async function startServer(home: Home, options: EmbeddedOptions, port: number | null): Promise<Postmaster> {
  const { durable = true, settings: extra = {}, log } = options;
  const binaries: Binaries = findBinaries({
    account: home.account,
    major: majorOf(home.data),
    home: home.directory,
    log,
  });
  await initialise(home, binaries);
  return launch(home, binaries, { durable, extra, port });
}

/** Which PostgreSQL made the data, and alone can read them; null when there are none yet. */
function majorOf(data: string): number | null {
  const file = join(data, 'PG_VERSION');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : null;
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [databaseName]);
    if (rowCount === 0) await client.query(`create database ${databaseName}`);
  } catch (error) {
    const isMadeMeanwhile = error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505');
    if (!isMadeMeanwhile) throw error;
  } finally {
    await client.end();
  }
}

interface Watch {
  /** Stops watching; the server as it is by then. */
  readonly end: () => Promise<Postmaster>;
}

function watchServer(home: Home, first: Postmaster, options: EmbeddedOptions): Watch {
  const ended = new AbortController();
  let server = first;

  const watching = (async () => {
    let pauseMs = restartPauseMs.first;
    while (!ended.signal.aborted) {
      await pause(watchEveryMs, undefined, { ref: false, signal: ended.signal }).catch(() => {});
      if (ended.signal.aborted || isAlive(server.pid)) continue;
      options.log(`PostgreSQL (process ${server.pid}) ended; it is started again on port ${server.port}`);
      try {
        server = await startServer(home, options, server.port);
        pauseMs = restartPauseMs.first;
      } catch (error) {
        options.log(error instanceof Error ? error.message : String(error));
        await pause(pauseMs, undefined, { ref: false, signal: ended.signal }).catch(() => {});
        pauseMs = Math.min(2 * pauseMs, restartPauseMs.max);
      }
    }
  })();

  return {
    end: async () => {
      ended.abort();
      await watching;
      return server;
    },
  };
}
