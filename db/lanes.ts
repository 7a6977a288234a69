import type { Role } from '../shared/contract/roles.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { Submitted } from '../shared/operations/define.ts';
import { type Queryable, sendTogether, statement } from './statement.ts';

/** A lane whose lock this transaction holds, as it stands. */
export interface LockedLane {
  readonly id: Uuid;
  readonly settledSeq: number;
  /** Of the operation accepted last: so many wait in it as it is ahead of `settledSeq`. */
  readonly lastSeq: number;
  /** Operations behind the head that a person asked to apply again. */
  readonly replays: readonly Uuid[];
}

/** An operation that waits at the head of its lane, or behind it as a replay. */
export interface Waiting extends Submitted {
  readonly kind: string;
  readonly laneSeq: number;
  readonly attempts: number;
  readonly crashes: number;
  /** False while it is in backoff. */
  readonly isDue: boolean;
  readonly isReplay: boolean;
}

interface LaneRow {
  readonly id: Uuid;
  readonly settled_seq: string;
  readonly last_seq: string;
  readonly replays: string[];
}

interface WaitingRow {
  readonly id: Uuid;
  readonly kind: string;
  readonly lane: Uuid;
  readonly lane_seq: string;
  readonly caller_id: Uuid;
  readonly caller_roles: Role[];
  readonly payload: unknown;
  readonly attempts: number;
  readonly crashes: number;
  readonly at: number;
  readonly is_due: boolean;
  readonly is_replay: boolean;
}

// Where the lanes end is read with the locks. What is accepted after that brings a wake-up of its own.
const lock = statement<LaneRow>(
  'lock_lanes',
  `select id, settled_seq, (select t.last_seq from lane_tails t where t.id = h.id) as last_seq, replays
   from lane_heads h where id = any($1::uuid[]) order by id for no key update skip locked`,
);

const find = statement<{ readonly id: Uuid }>('find_lanes', 'select id from lane_heads where id = any($1::uuid[])');

/** Those of the lanes that there are: a job may be older than this database, restored or emptied since. */
export async function findLanes(on: Queryable, lanes: readonly Uuid[]): Promise<Uuid[]> {
  return lanes.length === 0 ? [] : (await find(on, [lanes])).rows.map(({ id }) => id);
}

const waitingColumns = `o.id, o.kind, o.lane, o.lane_seq, o.caller_id, o.caller_roles, o.payload, o.attempts, o.crashes,
  (extract(epoch from coalesce(o.replayed_at, o.accepted_at)) * 1000)::float8 as at,
  (o.due_at is null or o.due_at <= now()) as is_due`;

const heads = statement<WaitingRow>(
  'read_heads',
  `select head.*, false as is_replay
   from unnest($1::uuid[]) as wanted (lane)
   cross join lateral (
     select ${waitingColumns} from operations o
     where o.lane = wanted.lane and o.lane_seq > (select h.settled_seq from lane_heads h where h.id = wanted.lane)
     order by o.lane_seq limit $2
   ) as head`,
);

const replays = statement<WaitingRow>(
  'read_replays',
  `select ${waitingColumns}, true as is_replay from operations o
   where o.id = any($1::uuid[]) and o.status = 'retrying' order by o.lane, o.lane_seq`,
);

/** Lanes that this transaction holds, and what waits in each: its replays first, then from the head on, in lane order. */
export interface OpenLanes {
  readonly lanes: readonly LockedLane[];
  readonly waiting: ReadonlyMap<Uuid, readonly Waiting[]>;
}

/**
 * Locks those of the lanes that nobody else holds, in the order of their ids, and reads what waits in them, at most
 * `perLaneMax` from the head of each; a lane that is missing from the answer is being applied by another process or
 * committer, and is left to it.
 *
 * What waits is read by a statement of its own, after the locks, so that it sees all that earlier holders committed. It
 * is sent together with the locking one: which lanes were free is found out afterwards.
 */
export async function openLanes(on: Queryable, ids: readonly Uuid[], perLaneMax: number): Promise<OpenLanes> {
  const [locked, fromHeads] = await sendTogether(on, () => [lock(on, [ids]), heads(on, [ids, perLaneMax])]);
  const lanes = locked.rows.map(laneOf);

  const asked = lanes.flatMap(replaysOf);
  const replayed = asked.length === 0 ? [] : (await replays(on, [asked])).rows;
  const waiting = new Map<Uuid, Waiting[]>();
  for (const { id } of lanes) waiting.set(id, []);
  for (const row of [...replayed, ...fromHeads.rows]) waiting.get(row.lane)?.push(waitingOf(row));
  return { lanes, waiting };
}

function laneOf({ id, settled_seq: settledSeq, last_seq: lastSeq, replays }: LaneRow): LockedLane {
  return { id, settledSeq: Number(settledSeq), lastSeq: Number(lastSeq), replays };
}

function replaysOf({ replays }: LockedLane): readonly Uuid[] {
  return replays;
}

function waitingOf(row: WaitingRow): Waiting {
  return {
    id: row.id,
    kind: row.kind,
    userId: row.lane,
    laneSeq: Number(row.lane_seq),
    caller: { id: row.caller_id, roles: row.caller_roles },
    at: row.at,
    payload: row.payload,
    attempts: row.attempts,
    crashes: row.crashes,
    isDue: row.is_due,
    isReplay: row.is_replay,
  };
}
