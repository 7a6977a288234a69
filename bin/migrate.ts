import { setTimeout as pause } from 'node:timers/promises';
import { describeError, failureKindOf } from '../db/failures.ts';
import { migrate } from '../db/migrate.ts';
import { loadConfig } from '../shared/runtime/config.ts';
import { runCommand, StartError } from './command.ts';

const usage = `usage: DATABASE_URL=postgres://owner@host/database npm run db:migrate

Brings the database to this version. Needs the owner of the database; any number may run at once.`;

/** Containers start side by side: for as long as this, a PostgreSQL that is not there yet is waited for. */
const waitMs = 60_000;
const pauseMs = 500;

await runCommand(usage, async () => {
  const { databaseUrl } = loadConfig(process.env);
  if (databaseUrl === null) throw new StartError('DATABASE_URL must be set; npm start migrates its embedded database.');
  await migrateOnceThere(databaseUrl, Date.now() + waitMs);
  console.log('The database is up to date.');
});

async function migrateOnceThere(databaseUrl: string, deadline: number): Promise<void> {
  while (true) {
    try {
      await migrate(databaseUrl);
      return;
    } catch (error) {
      if (failureKindOf(error) !== 'connection') throw error;
      if (Date.now() > deadline) {
        throw new StartError(`PostgreSQL at ${new URL(databaseUrl).host} does not answer: ${describeError(error)}`);
      }
      await pause(pauseMs);
    }
  }
}
