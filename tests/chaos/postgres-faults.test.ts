import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbedded } from '../../db/embedded/cluster.ts';
import { findHome } from '../../db/embedded/home.ts';
import { findPostmaster, isAlive } from '../../db/embedded/postmaster.ts';
import { migrate } from '../../db/migrate.ts';
import { backends } from '../support/backends.ts';
import type { TestDatabase } from '../support/database.ts';
import { openStage, type Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

interface OwnPostgres {
  readonly database: TestDatabase;
  /** Ends it without a checkpoint, as a crash does, and starts it again after a while, on the same port. */
  readonly crash: (awayMs: number) => Promise<void>;
}

/** A PostgreSQL that may be treated badly: real and durable. */
async function setup(): Promise<OwnPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'counterfoil-chaos-'));
  await chmod(dataDir, 0o711); // when we are root, PostgreSQL runs as somebody who has to pass through
  const start = () => startEmbedded({ dataDir, log: () => {} });
  let embedded = await start();
  onTestFinished(async () => {
    await embedded.stop();
    for (const left of [dataDir, embedded.directory]) await rm(left, { recursive: true, force: true });
  });
  const { url } = embedded;
  await migrate(url);
  return {
    database: { url, drop: async () => {} },
    crash: async (awayMs) => {
      const pid = postmasterOf(dataDir);
      process.kill(pid, 'SIGQUIT');
      await until('it is gone', () => !isAlive(pid));
      await pause(awayMs);
      embedded = await start();
      expect(embedded.url).toBe(url);
    },
  };
}

function postmasterOf(directory: string): number {
  const postmaster = findPostmaster(findHome(directory, () => {}).data);
  if (postmaster === null) throw new Error('PostgreSQL does not run');
  return postmaster.pid;
}

async function cutAll({ marketplace }: Stage): Promise<void> {
  await until('all connections are cut', () =>
    marketplace.owner
      .query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      )
      .then(
        () => true,
        () => false, // it has met a connection that was cut before
      ),
  );
}

describe.each(backends)('on $name', (backend) => {
  it('loses nothing when every connection is cut again and again, and the server crashes and stays away (000-05, 001-20, 002-04)', async () => {
    const { database, crash } = await setup();
    const stage = await openStage({ backend, database });
    for (let cut = 0; cut < 8; cut += 1) {
      await pause(500);
      await cutAll(stage);
    }
    for (const awayMs of [0, 5_000, 0]) {
      await pause(stage.chance.whole(500, 1_500));
      await crash(awayMs);
    }
    await pause(1_000);
    await stage.judge();
  });
});
