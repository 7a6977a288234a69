import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../../db/embedded/cluster.ts';
import { findHome } from '../../db/embedded/home.ts';
import { findPostmaster, isAlive } from '../../db/embedded/postmaster.ts';
import { stopServer } from '../../db/embedded/server.ts';
import { migrate } from '../../db/migrate.ts';
import { dropDatabase, onServer, serverVariable, templateVariable, urlOfDatabase } from './database.ts';
import { findRedisProgram, startRedis } from './redis.ts';

/** Data directories of runs, named after the process that made them. */
const prefix = 'counterfoil-test-';

/**
 * Brings the stores of a run: one PostgreSQL with a migrated database to copy, and one Redis. Each suite that needs
 * them asks for them; the first one starts them, and the environment hands them to all test processes.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[templateVariable] !== undefined) return undefined;
  const stopPostgres = await bringPostgres();
  const dropTemplate = await makeTemplate();
  const stopRedis = await bringRedis();
  return async () => {
    await stopRedis();
    await dropTemplate();
    await stopPostgres();
  };
}

async function bringPostgres(): Promise<() => Promise<void>> {
  if (process.env[serverVariable] !== undefined) return async () => {};
  await removeLeftOvers();
  const directory = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  await chmod(directory, 0o711); // when we are root, PostgreSQL runs as somebody who has to pass through
  const embedded = await startEmbedded({
    dataDir: directory,
    log: console.log,
    durable: false,
    // Two files run at once, and a crowd of processes in each had nearly all of the usual 200 (177 were counted).
    settings: { max_connections: 400 },
  });
  process.env[serverVariable] = embedded.url;
  return async () => {
    await embedded.stop();
    await removeAll(directory, embedded.directory);
  };
}

async function makeTemplate(): Promise<() => Promise<void>> {
  const name = `template_${randomUUID().replaceAll('-', '')}`;
  await onServer((client) => client.query(`create database ${name}`));
  await migrate(urlOfDatabase(name));
  process.env[templateVariable] = name;
  return () => dropDatabase(name);
}

async function bringRedis(): Promise<() => Promise<void>> {
  if (process.env.TEST_REDIS_URL !== undefined) return async () => {};
  if (findRedisProgram() !== null) {
    const redis = await startRedis();
    process.env.TEST_REDIS_URL = redis.url;
    return redis.stop;
  }
  const text = 'NO REDIS: no redis-server on PATH and TEST_REDIS_URL is unset.';
  if (!['', 'false', undefined].includes(process.env.CI)) throw new Error(text);
  const line = '!'.repeat(80);
  console.warn(
    `\n${line}\n${text}\nEverything that needs Redis is NOT tested in this run. Install it (Debian: apt-get install ` +
      `redis-server,\nmacOS: brew install redis) or point TEST_REDIS_URL at one that may be overwritten.\n${line}\n`,
  );
  return async () => {};
}

/** A run that was killed leaves its server running. */
async function removeLeftOvers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const directory = join(tmpdir(), name);
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : process.pid;
    if (isAlive(pid) || (await stat(directory)).uid !== process.getuid?.()) continue;
    const home = findHome(directory, () => {});
    const server = findPostmaster(home.data);
    if (server !== null) await stopServer(server);
    await removeAll(directory, home.directory);
  }
}

/** The second is elsewhere when we are root and the directory for temporary files is closed to others. */
async function removeAll(...directories: readonly string[]): Promise<void> {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
}
