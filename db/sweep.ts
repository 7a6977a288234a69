import type pg from 'pg';
import type { Uuid } from '../shared/domain/ids.ts';
import { type Tx, withTransaction } from './client.ts';
import { failOperation } from './fail-operation.ts';
import { openLanes } from './lanes.ts';
import { type Queryable, statement } from './statement.ts';

/** An operation whose lane waits for it and that nobody seems to be applying. */
export interface Overdue {
  readonly id: Uuid;
  readonly kind: string;
  readonly lane: Uuid;
  readonly attempts: number;
}

/** One sweeper at a time in the whole cluster; the number only has to be always the same. */
const sweepLock = 726_173_112;

// A time in the future means that the clock was set back.
const tryLock = statement<{ locked: boolean }>(
  'try_sweep_lock',
  `select pg_try_advisory_xact_lock($1)
     and not exists (select from low_water where swept_at > now() - make_interval(secs => $2) and swept_at <= now())
     as locked`,
);

/**
 * An accepted operation has its job within milliseconds of its commit, and that job is taken as soon as those before it
 * are. One that is older than the queue is behind, and than this besides, and still at the head of its lane, has lost
 * it, or waits in a crowd, where one more wake-up does no harm.
 */
const graceMs = 2_000;

/** Lanes woken by one sweep; the next follows in seconds. */
const overdueMax = 20_000;

const overdue = statement<Overdue>(
  'overdue',
  `select o.id, o.kind, o.lane, o.attempts
   from operations o join lane_heads h on h.id = o.lane
     left join unnest($3::text[], $4::float8[]) as behind (kind, seconds) on behind.kind = o.kind and o.status = 'accepted'
   where o.accepted_at >= (select accepted_at from low_water)
     and o.accepted_at < now() - make_interval(secs => $1 + coalesce(behind.seconds, 0))
     and o.status in ('accepted', 'retrying') and o.lane_seq = h.settled_seq + 1
     and (o.due_at is null or o.due_at <= now())
   union all
   select o.id, o.kind, o.lane, o.attempts
   from lane_heads h cross join lateral unnest(h.replays) as replay (id) join operations o on o.id = replay.id
   where h.replays <> '{}' and o.status = 'retrying' and o.due_at <= now()
   limit $2`,
);

const readOldest = statement<{ oldest: Date | null }>('oldest_transaction', 'select oldest_transaction() as oldest');

// Never past a transaction that was still open before this statement began: what it has accepted is not visible yet. It
// keeps some distance from now, for clocks that are set back a little. What is settled above it is read by every sweep.
// A mark in the future means that the clock was set back: begin again at the beginning, and find the place anew.
const raiseLowWater = statement(
  'raise_low_water',
  `update low_water set swept_at = now(),
     accepted_at = case when accepted_at > now() then '-infinity' else greatest(accepted_at, least(
     (select min(o.accepted_at) from operations o
      where o.accepted_at >= low_water.accepted_at and o.status in ('accepted', 'retrying')),
     $1::timestamptz,
     now() - interval '15 seconds')) end`,
);

export interface SweepOptions {
  /** How often a worker process may die with one operation alone in hand before a person has to look at it. */
  readonly crashesMax: number;
  /** Nothing is done when somebody has swept less than this ago: it costs as much as has been accepted lately. */
  readonly notWithinMs: number;
  /** How far the queue of a kind is behind, ms; 0 for kinds that are not named. */
  readonly lags: ReadonlyMap<string, number>;
}

/**
 * One round: takes back what dead workers had in hand, finds what waits without a job, moves the low-water mark.
 * Returns null when another process is sweeping, or just has. Safe at any time and any number of times: it decides nothing.
 */
export function sweep(
  pool: pg.Pool,
  { crashesMax, notWithinMs, lags }: SweepOptions,
): Promise<readonly Overdue[] | null> {
  return withTransaction(pool, async (tx) => {
    const { rows } = await tryLock(tx.client, [sweepLock, notWithinMs / 1_000]);
    if (rows[0]?.locked !== true) return null;

    await takeBackFromTheDead(tx, crashesMax);
    const found = await overdue(tx.client, [
      graceMs / 1_000,
      overdueMax,
      [...lags.keys()],
      [...lags.values()].map((ms) => ms / 1_000),
    ]);
    const oldest = (await readOldest(tx.client, [])).rows[0]?.oldest ?? null;
    await raiseLowWater(tx.client, [oldest]);
    return found.rows;
  });
}

const noteInHand = statement(
  'note_in_hand',
  `insert into batches_in_hand (worker_id, committer, operations) values ($1, $2, $3::uuid[])
   on conflict (worker_id, committer) do update set operations = excluded.operations`,
);

const forgetWorker = statement('forget_worker', 'delete from batches_in_hand where worker_id = $1');

/** How the connections of a worker process are called; while one of them is open, the process lives. */
export function connectionNameOf(workerId: string): string {
  return `counterfoil-worker-${workerId}`;
}

/** Says what a committer is about to apply, in a transaction of its own, so that it outlives the process. */
export async function noteBatch(
  on: Queryable,
  workerId: string,
  committer: number,
  ids: readonly Uuid[],
): Promise<void> {
  await noteInHand(on, [workerId, committer, ids]);
}

export async function forgetBatches(on: Queryable, workerId: string): Promise<void> {
  await forgetWorker(on, [workerId]);
}

// Dying with one operation alone in hand counts against it. In a batch any of them may be the cause: each becomes a
// suspect, which goes alone next time, but one that is innocent cannot collect more than that by bad luck.
const markSuspects = statement<{ id: Uuid; lane: Uuid; crashes: number }>(
  'mark_suspects',
  `with dead as (
     delete from batches_in_hand b where not exists (
       select from pg_stat_activity a where a.application_name = 'counterfoil-worker-' || b.worker_id)
     returning b.operations
   )
   update operations o
   set crashes = case when cardinality(dead.operations) = 1 then o.crashes + 1 else greatest(o.crashes, 1) end
   from dead cross join lateral unnest(dead.operations) as lost (id)
   where o.id = lost.id and o.status in ('accepted', 'retrying')
   returning o.id, o.lane, o.crashes`,
);

/** What no code could see from inside: a process died in the middle of an operation. After some deaths a person looks. */
async function takeBackFromTheDead(tx: Tx, crashesMax: number): Promise<void> {
  const { rows } = await markSuspects(tx.client, []);
  const deadly = new Map(rows.filter(({ crashes }) => crashes >= crashesMax).map((row) => [row.id, row]));
  if (deadly.size === 0) return;

  const { lanes, waiting } = await openLanes(
    tx.client,
    [...deadly.values()].map(({ lane }) => lane),
    { perLane: 1, inAll: deadly.size },
  );
  for (const lane of lanes) {
    const operation = (waiting.get(lane.id) ?? []).find(({ id }) => deadly.has(id));
    if (operation === undefined) continue;
    const error = `the worker process died with this operation in hand, ${operation.crashes} times`;
    await failOperation(tx, lane, operation, { error, attempts: operation.attempts + 1, retryInMs: null });
  }
}
