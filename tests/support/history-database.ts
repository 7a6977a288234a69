import pg from 'pg';
import { onTestFinished } from 'vitest';
import { createPool } from '../../db/client.ts';
import { createDatabase } from './database.ts';
import { makeHistory } from './history.ts';

/** A database of its own with the common history in it. */
export interface HistoryDatabase {
  readonly databaseUrl: string;
  readonly owner: pg.Pool;
  readonly app: pg.Pool;
}

/** To be called in a test; closes itself. */
export async function openHistory(): Promise<HistoryDatabase> {
  const database = await createDatabase();
  const owner = new pg.Pool({ connectionString: database.url, max: 2 });
  const app = createPool(database.url, { role: 'app', name: 'counterfoil-history', max: 4, log: () => {} });
  // The database is dropped while the last of their connections are on their way out.
  for (const pool of [owner, app]) {
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
  }
  onTestFinished(async () => {
    await Promise.all([app.end(), owner.end()]);
    await database.drop();
  });
  await makeHistory(app);
  return { databaseUrl: database.url, owner, app };
}
