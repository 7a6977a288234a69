import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { claimEmbedded } from './claim.ts';
import { type Embedded, type EmbeddedOptions, startEmbedded } from './cluster.ts';
import { findHome } from './home.ts';
import { findPostmaster, waitUntilGone } from './postmaster.ts';

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function aDataDir(...below: readonly string[]): Promise<string> {
  const root = await mkdtemp(join(await realpath(tmpdir()), 'counterfoil-embedded-'));
  await chmod(root, 0o711); // when we are root, PostgreSQL runs as somebody who has to pass through
  cleanUps.push(() => rm(root, { recursive: true, force: true }));
  return join(root, ...below, 'data');
}

async function start(dataDir: string, options: Partial<EmbeddedOptions> = {}): Promise<Embedded> {
  const embedded = await startEmbedded({ dataDir, log: () => {}, ...options });
  cleanUps.push(embedded.stop);
  return embedded;
}

async function query<Row extends pg.QueryResultRow>({ url }: Embedded, text: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

function serverOf(dataDir: string): number {
  const pid = findPostmaster(findHome(dataDir, () => {}).data)?.pid;
  if (pid === undefined) throw new Error('no server runs');
  return pid;
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await waitUntilGone(pid, 5_000);
}

describe('the embedded PostgreSQL', () => {
  it('starts on nothing, keeps what was committed over a stop, and takes the same port again', async () => {
    const dataDir = await aDataDir();
    const first = await start(dataDir);
    expect(first.reused).toBe(false);
    await query(first, 'create table kept as select 42 as answer');
    await first.stop();

    const second = await start(dataDir);
    expect(second).toMatchObject({ url: first.url, reused: false });
    expect(await query(second, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('is durable, listens on the local interface only and lets nobody in without the password', async () => {
    const embedded = await start(await aDataDir());
    expect(
      await query(
        embedded,
        `select name, setting from pg_settings
      where name in ('fsync', 'synchronous_commit', 'listen_addresses', 'unix_socket_directories') order by name`,
      ),
    ).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'synchronous_commit', setting: 'on' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    const guessed = new URL(embedded.url);
    guessed.password = 'postgres';
    await expect(query({ ...embedded, url: guessed.href }, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('uses the server that a killed process has left behind', async () => {
    const dataDir = await aDataDir();
    const first = await start(dataDir);
    const pid = serverOf(dataDir);

    const second = await start(dataDir);
    expect(second).toMatchObject({ url: first.url, reused: true });
    expect(serverOf(dataDir)).toBe(pid);
  });

  it('waits for a server that is shutting down and starts a new one', async () => {
    const dataDir = await aDataDir();
    const first = await start(dataDir);
    const stopped = first.stop();
    const second = await start(dataDir);
    await stopped;
    expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('recovers what was committed when the server itself was killed', async () => {
    const dataDir = await aDataDir();
    const first = await start(dataDir);
    await query(first, 'create table kept as select generate_series(1, 1000) as n');
    await kill(serverOf(dataDir));

    const second = await start(dataDir);
    expect(second.reused).toBe(false);
    expect(await query(second, 'select count(*)::int as kept from kept')).toEqual([{ kept: 1000 }]);
  });

  it('starts it again on the same port when it ends under a process that watches it', async () => {
    const dataDir = await aDataDir();
    const embedded = await start(dataDir, { watched: true });
    await query(embedded, 'create table kept as select 42 as answer');
    await kill(serverOf(dataDir));

    const deadline = Date.now() + 10_000;
    let rows: readonly unknown[] = [];
    while (rows.length === 0 && Date.now() < deadline) {
      rows = await query(embedded, 'select answer from kept').catch(() => pause(50, []));
    }
    expect(rows).toEqual([{ answer: 42 }]);
  });

  it('gives two processes that start at once the same server', async () => {
    const dataDir = await aDataDir();
    const both = await Promise.all([start(dataDir), start(dataDir)]);
    expect(both[0].url).toBe(both[1].url);
  });

  it('runs beside another one', async () => {
    const [one, other] = await Promise.all([start(await aDataDir()), start(await aDataDir())]);
    await query(one, 'create table only_here ()');
    expect(one.url).not.toBe(other.url);
    expect(await query(other, `select to_regclass('only_here') as found`)).toEqual([{ found: null }]);
  });

  it('runs in a folder with spaces, quotes and a path longer than a socket could have', async () => {
    const dataDir = await aDataDir(`with spaces, a 'quote' and $HOME`, 'x'.repeat(120));
    const embedded = await start(dataDir, { durable: false });
    expect(await query(embedded, 'show fsync')).toEqual([{ fsync: 'off' }]);
  });

  it('belongs to one process at a time, and to nobody once that is gone', async () => {
    const embedded = await start(await aDataDir());
    const claim = await claimEmbedded(embedded.url);
    expect(claim).not.toBeNull();
    expect(await claimEmbedded(embedded.url)).toBeNull();

    await claim?.release();
    const next = await claimEmbedded(embedded.url);
    expect(next).not.toBeNull();
    await next?.release();
  });
});
