import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, it, onTestFinished } from 'vitest';
import { startEmbedded } from '../../db/embedded/cluster.ts';
import { findHome } from '../../db/embedded/home.ts';
import { findPostmaster } from '../../db/embedded/postmaster.ts';
import { migrate } from '../../db/migrate.ts';
import { backends } from '../support/backends.ts';
import { openStage, type Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

/** A PostgreSQL that may be treated badly: real, durable, and started again on its port when it ends. */
async function setup() {
  const directory = await mkdtemp(join(tmpdir(), 'counterfoil-chaos-'));
  await chmod(directory, 0o711); // when we are root, PostgreSQL runs as somebody who has to pass through
  const embedded = await startEmbedded({ dataDir: directory, log: () => {}, watched: true });
  onTestFinished(async () => {
    await embedded.stop();
    for (const left of [directory, embedded.directory]) await rm(left, { recursive: true, force: true });
  });
  await migrate(embedded.url);
  return { directory, database: { url: embedded.url, drop: async () => {} } };
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

async function untilItAnswers({ marketplace }: Stage): Promise<void> {
  await until('PostgreSQL answers', () =>
    marketplace.owner.query('select 1').then(
      () => true,
      () => false,
    ),
  );
}

describe.each(backends)('on $name', (backend) => {
  it('loses nothing when every connection is cut again and again, and the server restarts at once (000-05, 001-20, 002-04)', async () => {
    const { database, directory } = await setup();
    const stage = await openStage({ backend, database });
    for (let cut = 0; cut < 10; cut += 1) {
      await pause(500);
      await cutAll(stage);
    }
    for (let restarted = 0; restarted < 2; restarted += 1) {
      await pause(stage.chance.whole(500, 1_500));
      process.kill(postmasterOf(directory), 'SIGQUIT');
      await pause(200);
      await untilItAnswers(stage);
    }
    await pause(1_000);
    await stage.judge();
  });
});
