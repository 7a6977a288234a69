import { cpus, totalmem, type } from 'node:os';
import type pg from 'pg';

/** Commits that are timed, one after the other. */
const commits = 200;

/** What the numbers depend on, as a line of Markdown. */
export async function describeMachine(database: pg.Client, redisVersion: string): Promise<string> {
  const [cpu] = cpus();
  const { rows } = await database.query<{ version: string; buffers: string }>(
    `select current_setting('server_version') as version, current_setting('shared_buffers') as buffers`,
  );
  const commitMs = await durableCommitMs(database);
  return [
    `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'})`,
    `${Math.round(totalmem() / 2 ** 30)} GB of memory`,
    type(),
    `Node ${process.versions.node}`,
    `PostgreSQL ${rows[0]?.version} (shared_buffers ${rows[0]?.buffers}, fsync on; one durable commit: ${commitMs.toFixed(2)} ms)`,
    `Redis ${redisVersion} (append-only file on)`,
  ].join(' · ');
}

/** The median time of a transaction that writes one row: what every transaction per operation pays at least. */
async function durableCommitMs(database: pg.Client): Promise<number> {
  await database.query('create table bench_commits (n bigint)');
  const times: number[] = [];
  for (let n = 0; n < commits; n += 1) {
    const begunAt = performance.now();
    await database.query({ name: 'bench_commit', text: 'insert into bench_commits values ($1)', values: [n] });
    times.push(performance.now() - begunAt);
  }
  await database.query('drop table bench_commits');
  return times.sort((a, b) => a - b)[Math.floor(commits / 2)] ?? 0;
}
