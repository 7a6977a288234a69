import { Redis } from 'ioredis';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { createWakeQueue, type WakeQueue } from '../../api/acceptance/wake-queue.ts';
import { type Acceptance, acceptOperations } from '../../db/accept.ts';
import { runAudit } from '../../db/audit.ts';
import { createPool } from '../../db/client.ts';
import { isFinal, type OperationRecord, readOperations } from '../../db/queries/operations.ts';
import type { Role } from '../../shared/contract/roles.ts';
import { operationIdOf, type Uuid } from '../../shared/domain/ids.ts';
import type { Practice } from '../../shared/domain/state.ts';
import { type Config, loadConfig } from '../../shared/runtime/config.ts';
import { createLogger } from '../../shared/runtime/log.ts';
import { openProducer, type Producer } from '../../shared/runtime/queues.ts';
import { startWorker } from '../../workers/worker.ts';
import type { Backend } from './backends.ts';
import { aPractice } from './builders.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { type RunningProcess, startProcess } from './processes.ts';
import { allocation, kindOf, type Request, submissionOf } from './requests.ts';
import { testKinds } from './test-kinds.ts';
import { until } from './until.ts';

/** A database of its own with people in it, the queues, and workers as the test wants them. Closes itself. */
export interface Marketplace {
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  /** As the owner of everything, past all policies. */
  readonly owner: pg.Pool;
  /** As the application. */
  readonly app: pg.Pool;
  readonly producer: Producer;
  /** Adds jobs as the API does. */
  readonly wakes: WakeQueue;
}

export const silent = createLogger('test', 'silent');

/** Where the queues do not matter. */
export const anyBackend: Backend = { name: 'postgres', redisUrl: null };

export interface MarketplaceOptions {
  readonly backend?: Backend;
  /** One that is there and migrated; a new one unless it is given. */
  readonly database?: TestDatabase;
}

/** To be called in a test or in `beforeEach`. */
export async function openMarketplace({
  backend = anyBackend,
  database: given,
}: MarketplaceOptions = {}): Promise<Marketplace> {
  if (backend.redisUrl !== null) await empty(backend.redisUrl);
  const database = given ?? (await createDatabase());
  const databaseUrl = database.url;
  const owner = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  const app = createPool(databaseUrl, { role: 'app', name: 'counterfoil-test', max: 8, log: ignore });
  const producer = openProducer({ redisUrl: backend.redisUrl, databaseUrl, log: silent });
  const wakes = createWakeQueue({ producer, log: silent });
  owner.on('error', ignore);
  owner.on('connect', (client) => client.on('error', ignore));
  onTestFinished(async () => {
    await wakes.drained();
    await producer.close();
    await Promise.all([owner.end(), app.end()]);
    await database.drop();
  });
  return { databaseUrl, redisUrl: backend.redisUrl, owner, app, producer, wakes };
}

function ignore(): void {}

/** Jobs of an earlier test of the same file name operations that this database has never heard of. */
async function empty(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  await redis.flushdb();
  redis.disconnect();
}

/** Puts people into the directory. */
export async function addPeople(
  { owner }: Pick<Marketplace, 'owner'>,
  ids: readonly Uuid[],
  roles: readonly Role[] = ['client'],
): Promise<void> {
  await owner.query(
    `insert into users (id, email, first_name, last_name, roles, time_zone, active, email_verified)
     select id, id || '@example.test', 'First', 'Last', $2::text[], 'UTC', true, true from unnest($1::uuid[]) as id`,
    [ids, roles],
  );
}

/** Puts practitioners into the directory: by default always open, an hour of massage for 10 credits. */
export async function addPractitioners(
  marketplace: Pick<Marketplace, 'owner'>,
  ids: readonly Uuid[],
  changes: Partial<Practice> = {},
): Promise<void> {
  const practice = aPractice(changes);
  await addPeople(marketplace, ids, ['practitioner']);
  await marketplace.owner.query(
    `insert into practitioners (id, time_zone, prices, availability, time_off, buffer_minutes, minimum_notice_minutes,
                                cancellation_policy, extra_windows, booking_horizon_days, sessions_per_day_max)
     select id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 from unnest($1::uuid[]) as id`,
    [
      ids,
      practice.timeZone,
      JSON.stringify(practice.prices),
      JSON.stringify(practice.availability),
      JSON.stringify(practice.timeOff),
      practice.bufferMinutes,
      practice.minimumNoticeMinutes,
      JSON.stringify(practice.cancellationPolicy),
      JSON.stringify(practice.extraWindows),
      practice.bookingHorizonDays,
      practice.sessionsPerDayMax,
    ],
  );
}

const waitingPerLaneMax = 1_000_000;

/** Records requests in one statement, as the API does, without telling anybody. */
export async function accept({ app }: Pick<Marketplace, 'app'>, requests: readonly Request[]): Promise<Acceptance[]> {
  return acceptOperations(app, requests.map(submissionOf), waitingPerLaneMax);
}

/** Records requests in one statement and has their jobs added; their ids. */
export async function submit(
  marketplace: Pick<Marketplace, 'app' | 'wakes'>,
  requests: readonly Request[],
): Promise<Uuid[]> {
  await accept(marketplace, requests);
  wake(marketplace, requests);
  return requests.map(({ caller, key }) => operationIdOf(caller.id, key));
}

/** As many as wait for a connection of the pool without losing patience on a busy machine. */
const submittersMax = 64;

/** The same with a statement for each request, many at once, as if many processes did it. */
export async function submitEach(
  marketplace: Pick<Marketplace, 'app' | 'wakes'>,
  requests: readonly Request[],
): Promise<Uuid[]> {
  const ids: Uuid[] = [];
  for (let from = 0; from < requests.length; from += submittersMax) {
    const wave = requests.slice(from, from + submittersMax);
    ids.push(...(await Promise.all(wave.map((request) => submit(marketplace, [request])))).flat());
  }
  return ids;
}

/** Has the jobs added that the API adds for what it has recorded; not waited for, as there. */
export function wake({ wakes }: Pick<Marketplace, 'wakes'>, requests: readonly Request[]): void {
  wakes.push(requests.map((request) => ({ ...submissionOf(request), queue: kindOf(request).queue })));
}

/** Waits until all of these operations are final, or at least with a person, and returns them in this order. */
export async function settled(
  { owner }: Pick<Marketplace, 'owner'>,
  ids: readonly Uuid[],
  limitMs?: number,
): Promise<OperationRecord[]> {
  return until(
    `${ids.length} operations are settled`,
    async () => {
      const found = new Map((await readOperations(owner, ids)).map((operation) => [operation.id, operation]));
      const operations = ids.flatMap((id) => found.get(id) ?? []);
      const isDone = operations.every(({ status }) => isFinal(status) || status === 'reconciling');
      return operations.length === ids.length && isDone && operations;
    },
    limitMs,
  );
}

/** How an operation has ended: its status, or the code of its rejection. */
export function endingOf({ status, rejection }: OperationRecord): string {
  return rejection?.code ?? status;
}

/** How often each ending occurs. */
export function endingsOf(operations: readonly OperationRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const operation of operations) counts[endingOf(operation)] = (counts[endingOf(operation)] ?? 0) + 1;
  return counts;
}

/** Submits and waits for the endings, in order. */
export async function endings(marketplace: Marketplace, requests: readonly Request[]): Promise<string[]> {
  return (await settled(marketplace, await submit(marketplace, requests))).map(endingOf);
}

/** Gives everybody credits, through the ledger like everything else; needs a worker. */
export async function giveCredits(marketplace: Marketplace, ids: readonly Uuid[], amount: number): Promise<void> {
  const operations = await settled(
    marketplace,
    await submit(
      marketplace,
      ids.map((id) => allocation(id, amount)),
    ),
  );
  const failed = operations.filter(({ status }) => status !== 'succeeded');
  if (failed.length > 0) throw new Error(`${failed.length} allocations failed: ${failed.map(endingOf)[0]}`);
}

export interface Holdings {
  readonly balance: number;
  readonly debt: number;
}

/** What somebody has and owes; null where there is no account. */
export async function holdingsOf({ owner }: Pick<Marketplace, 'owner'>, id: Uuid): Promise<Holdings | null> {
  const { rows } = await owner.query<{ balance: string; debt: string }>(
    'select balance, debt from accounts where owner_id = $1',
    [id],
  );
  const [row] = rows;
  return row === undefined ? null : { balance: Number(row.balance), debt: Number(row.debt) };
}

/** As configured by default, but for shorter pauses, so that retries are quick, and for subscribers on this machine. */
export const testWorkerConfig = {
  ...loadConfig({ EVENTS_ALLOW_HTTP: '1', EVENTS_ALLOW_PRIVATE: '1' }),
  retryAttempts: 3,
  retryBaseMs: 50,
};

/** A worker in this process, closed when the test ends. */
export function startTestWorker(
  { databaseUrl, redisUrl }: Marketplace,
  settings: Partial<Config> = {},
): { close: () => Promise<void> } {
  const config = { ...testWorkerConfig, ...settings, databaseUrl, redisUrl };
  const worker = startWorker({ config, operations: testKinds, log: silent });
  let closing: Promise<void> | null = null;
  const close = () => (closing ??= worker.close());
  onTestFinished(close);
  return { close };
}

/** A worker process as in production, except for `extra`; its test ends it. */
export function startWorkerProcess(
  { databaseUrl, redisUrl }: Pick<Marketplace, 'databaseUrl' | 'redisUrl'>,
  { entry = 'workers/main.js', ...extra }: { entry?: string } & Readonly<Record<string, string>> = {},
): RunningProcess {
  return startProcess(entry, {
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'warn',
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    ...extra,
  });
}

/** The violated invariants by name, with a sample; empty when all is well. */
export async function violations({ owner }: Pick<Marketplace, 'owner'>): Promise<Record<string, unknown>> {
  const { checks } = await runAudit(owner);
  return Object.fromEntries(checks.filter((check) => check.violations > 0).map((check) => [check.name, check.sample]));
}

/** Runs `work` in an open transaction of somebody else, which is rolled back unless `work` has committed it. */
export async function meanwhile<Result>(
  { owner }: Pick<Marketplace, 'owner'>,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await owner.connect();
  try {
    await client.query('begin');
    return await work(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** What a booking is; undefined: there is none. */
export async function bookingStatusOf({ owner }: Pick<Marketplace, 'owner'>, id: Uuid): Promise<string | undefined> {
  const { rows } = await owner.query<{ status: string }>('select status from bookings where id = $1', [id]);
  return rows[0]?.status;
}

/** As if it had been booked in time for now. */
export async function letBegin({ owner }: Pick<Marketplace, 'owner'>, id: string): Promise<void> {
  await owner.query(
    `update bookings set starts_at = now() - interval '1 hour', ends_at = now(), buffered_until = now() where id = $1`,
    [id],
  );
}
