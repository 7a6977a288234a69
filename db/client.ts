import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { sendTogether, statement } from './statement.ts';

/** A connection on which a transaction is open: Drizzle for queries, `client` for the prepared statements of hot paths. */
export interface Tx {
  readonly db: NodePgDatabase;
  readonly client: pg.ClientBase;
}

/** `app`: reads and writes everything, owns nothing. `reader`: reads what row-level security lets the caller see. */
export type AppRole = 'app' | 'reader';

export interface PoolOptions {
  readonly role: AppRole;
  /** Shown in pg_stat_activity; the sweeper recognises dead workers by it. */
  readonly name: string;
  readonly max: number;
  readonly log: (error: Error) => void;
}

/** Gives up on a connection that cannot be had, so that a caller hears 503 instead of waiting (contract: 5 s). */
const connectTimeoutMs = 4_000;

/**
 * No statement of ours needs longer, and none may hold a lane's lock behind a lost network for longer; the server
 * ends it, and the batch is tried again.
 */
const statementTimeoutMs = 30_000;

/** A lock that is not had by then is held by something stuck; batches hold theirs for tens of milliseconds. */
const lockTimeoutMs = 3_000;

/**
 * A transaction of ours pauses for the milliseconds of deciding. A process that is stopped in the middle of one loses
 * its locks after this, well before whoever waits for them has spent the retry budget.
 */
const idleTimeoutMs = 5_000;

/**
 * Settings of every connection. The statements of the hot paths reach all rows by key; with prepared generic plans
 * made while tables are still small, the planner would otherwise choose scans that become quadratic minutes later,
 * before the first autovacuum has told it better.
 */
const settings = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'jit=off',
  `lock_timeout=${lockTimeoutMs}`,
  `statement_timeout=${statementTimeoutMs}`,
  `idle_in_transaction_session_timeout=${idleTimeoutMs}`,
];

/** A pool whose connections take the application's role on before their first statement. */
export function createPool(databaseUrl: string, { role, name, max, log }: PoolOptions): pg.Pool {
  const tuned = role === 'app' ? settings : settings.filter((setting) => !/^enable_|^plan_/.test(setting));
  const options = [`role=counterfoil_${role}`, ...tuned].map((setting) => `-c ${setting}`).join(' ');
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    options,
    application_name: name,
    max,
    // Statements of one transaction that do not need each other's answers are sent together, and waited for once.
    pipeline: role === 'app',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  });
  // Without a listener of its own, a connection that the server ends takes the whole process with it.
  pool.on('error', log);
  pool.on('connect', (client) => client.on('error', log));
  return pool;
}

const begin = statement('begin', 'begin');
const commit = statement('commit', 'commit');

/**
 * Runs `work` in one transaction (READ COMMITTED) and commits. Whatever it throws rolls everything back and is thrown
 * on; there is no catch inside a transaction, because COMMIT of an aborted one resolves without an error. When the
 * connection breaks during COMMIT nobody knows whether it happened: the caller must find out by reading.
 */
export async function withTransaction<Result>(pool: pg.Pool, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  return withTransactionFrom(pool, nothingFirst, work);
}

/**
 * The same, one round trip shorter: `first` is sent together with BEGIN, and nothing after it until both are answered.
 */
export async function withTransactionFrom<First, Result>(
  pool: pg.Pool,
  first: (client: pg.ClientBase) => Promise<First>,
  work: (tx: Tx, first: First) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let failed = true;
  try {
    const [, found] = await sendTogether(client, () => [begin(client), first(client)]);
    const result = await work(txOn(client), found);
    await commit(client);
    failed = false;
    return result;
  } catch (error) {
    // What the connection's end would bring about as well, but only once the server has noticed it.
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    // After a failure nobody knows what state the connection is in: it is closed, and the pool makes a new one.
    client.release(failed);
  }
}

async function nothingFirst(): Promise<void> {}

/** Drizzle's part is made for whoever asks for it: hot paths do not. */
function txOn(client: pg.PoolClient): Tx {
  let db: NodePgDatabase | null = null;
  return {
    client,
    get db() {
      db ??= drizzle({ client });
      return db;
    },
  };
}
