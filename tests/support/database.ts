import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A database of its own for one test or file: migrated and empty. */
export interface TestDatabase {
  /** As the owner of everything in it. */
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** Where the run's PostgreSQL is; set by the global setup, or by a person who wants the tests to run on another one. */
export const serverVariable = 'TEST_DATABASE_URL';

/** Which database of it is copied. */
export const templateVariable = 'TEST_DATABASE_TEMPLATE';

/** One copy at a time: PostgreSQL refuses to copy a database that it is copying already. */
const copyLock = 726_173_113;

/** Clones the migrated template, in some tens of milliseconds. */
export async function createDatabase(): Promise<TestDatabase> {
  const template = variable(templateVariable);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer(async (client) => {
    await client.query('select pg_advisory_lock($1)', [copyLock]);
    await client.query(`create database ${name} template ${template} strategy file_copy`);
  });
  return { url: urlOfDatabase(name), drop: () => dropDatabase(name) };
}

export async function dropDatabase(name: string): Promise<void> {
  await onServer((client) => client.query(`drop database if exists ${name} with (force)`));
}

/** Runs `work` on the server's own database, as its superuser. */
export async function onServer<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: variable(serverVariable) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function urlOfDatabase(name: string): string {
  const url = new URL(variable(serverVariable));
  url.pathname = `/${name}`;
  return url.href;
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is unset: run the tests through npm test, whose set-up sets it`);
  return value;
}
