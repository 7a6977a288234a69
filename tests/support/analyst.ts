import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { onTestFinished } from 'vitest';

export interface AnalystOf {
  /** As the owner of the database. */
  readonly owner: Pick<pg.Pool, 'query'>;
  readonly databaseUrl: string;
}

/** Somebody whom the owner has given the role `reporting`, as README says; leaves when the test ends. */
export async function analystOf({ owner, databaseUrl }: AnalystOf): Promise<pg.Pool> {
  const name = `analyst_${randomUUID().replaceAll('-', '')}`;
  await owner.query(`create role ${name} login password 'reads'; grant reporting to ${name}`);
  const url = new URL(databaseUrl);
  url.username = name;
  url.password = 'reads';
  const pool = new pg.Pool({ connectionString: url.href, max: 1, options: '-c search_path=reporting' });
  // The database may be dropped while the last of its connections is still on its way out.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  onTestFinished(async () => {
    await pool.end();
    const again = new pg.Client({ connectionString: databaseUrl });
    await again.connect();
    await again.query(`drop role ${name}`);
    await again.end();
  });
  return pool;
}
