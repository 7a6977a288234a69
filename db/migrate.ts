import { fileURLToPath } from 'node:url';
import { runMigrations } from 'bullmq';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';

/** The schema of BullMQ's PostgreSQL backend. Always there, so that switching REDIS_URL off needs no migration. */
export const queueSchema = 'bullmq';

/** Any number, as long as it is always the same: two migrators at once would fail on PostgreSQL's own catalogues. */
const migrationLock = 726_173_111;

const grants = `
  -- BullMQ makes a sequence of its own for every queue, at its first job.
  grant usage, create on schema ${queueSchema} to counterfoil_app;
  grant select, insert, update, delete on all tables in schema ${queueSchema} to counterfoil_app;
  grant usage on all sequences in schema ${queueSchema} to counterfoil_app;
  grant execute on all functions in schema ${queueSchema} to counterfoil_app;`;

/**
 * Brings the database to this version: our migrations, then BullMQ's. Needs the owner's connection. Any number of
 * processes may call it at once; one works, the others wait and find it done.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'counterfoil-migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await applyMigrations(drizzle({ client }), { migrationsFolder: migrationsFolder() });
    await runMigrations(client, queueSchema);
    await client.query(grants);
  } finally {
    await client.end();
  }
}

/** The SQL files are not compiled: seen from `dist/db/` they are two levels up, seen from `db/` beside this file. */
function migrationsFolder(): string {
  const isCompiled = import.meta.url.endsWith('.js');
  return fileURLToPath(new URL(isCompiled ? '../../db/migrations' : './migrations', import.meta.url));
}
