import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runAudit } from '../db/audit.ts';
import type { AuditRun } from '../db/audit-runs.ts';
import { createPool } from '../db/client.ts';
import { claimEmbedded } from '../db/embedded/claim.ts';
import { type Embedded, startEmbedded } from '../db/embedded/cluster.ts';
import { findHome } from '../db/embedded/home.ts';
import { describeError, failureKindOf, sqlStateOf } from '../db/failures.ts';
import { type Config, loadConfig } from '../shared/runtime/config.ts';
import { reportOf } from './audit-report.ts';
import { isForPeople, StartError, UsageError } from './command.ts';

/*
 * `npm run audit`: checks the invariants of the database that `npm start` uses, whether it runs or not, and changes
 * nothing. Ends with code 0 when all hold, 1 when one is violated, 2 when it could not be found out.
 */

const usage = `usage: npm run audit

Checks the invariants of the ledger (db/invariants.sql) in the database of DATABASE_URL, or in the embedded one of
DATA_DIR. Ends with code 0 when all hold, 1 when one is violated, 2 when the audit could not run.`;

/** Of a role that does not exist (22023), a table that is not there (42P01) or a column (42703). */
const notMigrated = /^(22023|42P01|42703)$/;

/** Of a wrong user or password, a database that is not there, a role that may not be taken on. */
const notLetIn = /^(28|3D|42501)/;

await main();

async function main(): Promise<void> {
  try {
    readOptions();
    const config = loadConfig(process.env);
    const run = await onDatabase(config, auditOf);
    console.log(reportOf(run));
    process.exitCode = run.ok ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
    else console.error(isForPeople(error) ? error.message : error);
    process.exitCode = 2;
  }
}

function readOptions(): void {
  try {
    parseArgs({ options: {} });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Runs `work` on the configured database; an embedded one that is not running is started for it. */
async function onDatabase<Result>(config: Config, work: (url: string) => Promise<Result>): Promise<Result> {
  if (config.databaseUrl !== null) return work(config.databaseUrl);
  const { dataDir } = config;
  if (!existsSync(dataDir) || !existsSync(findHome(dataDir, () => {}).data)) {
    throw new StartError(
      `There is nothing to audit in ${dataDir}: run npm start first, or set DATA_DIR or DATABASE_URL.`,
    );
  }

  const embedded = await startEmbedded({ dataDir, log: (line) => console.error(line) });
  if (embedded.reused) return work(embedded.url);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stopUnlessClaimed(embedded).finally(() => process.exit(2)));
  }
  try {
    return await work(embedded.url);
  } finally {
    await stopUnlessClaimed(embedded);
  }
}

/** Who started Counterfoil meanwhile has claimed the server, and goes on using it. */
async function stopUnlessClaimed({ url, stop }: Embedded): Promise<void> {
  const claim = await claimEmbedded(url).catch(() => null);
  if (claim === null) return;
  await claim.release();
  await stop();
}

async function auditOf(url: string): Promise<AuditRun> {
  const { host, pathname } = new URL(url);
  console.log(`Auditing ${host}${pathname} …\n`);
  const pool = createPool(url, { role: 'app', name: 'counterfoil-audit', max: 1, log: () => {} });
  try {
    return await runAudit(pool);
  } catch (error) {
    throw failureOf(error, `${host}${pathname}`);
  } finally {
    await pool.end();
  }
}

function failureOf(error: unknown, database: string): unknown {
  const state = sqlStateOf(error) ?? '';
  const said = describeError(error);
  if (notMigrated.test(state)) {
    return new StartError(
      `The database ${database} is not of this version (${said}): run npm start or npm run db:migrate.`,
    );
  }
  if (notLetIn.test(state) || failureKindOf(error) === 'connection') {
    return new StartError(
      `PostgreSQL at ${database} cannot be used: ${said}. Is it running, and is DATABASE_URL right?`,
    );
  }
  return error;
}
