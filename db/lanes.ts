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

// Of each operation there is a job, and whoever comes first applies all that waits in its lane: most of the others find
// nothing, and lock nothing. Where a lane ends is read with its lock; what is accepted after that has a wake-up of its own.
const withWork = `lane_heads h cross join lateral (
     select t.last_seq from lane_tails t where t.id = h.id offset 0
   ) as tail
   where h.id = any($1::uuid[]) and (h.settled_seq < tail.last_seq or h.replays <> '{}')`;

const lock = statement<LaneRow>(
  'lock_lanes',
  `select h.id, h.settled_seq, tail.last_seq, h.replays
   from ${withWork} order by h.id for no key update of h skip locked`,
);

const find = statement<{ readonly id: Uuid }>('find_lanes', `select h.id from ${withWork}`);

/** Those of the lanes in which something waits. */
export async function lanesWithWork(on: Queryable, lanes: readonly Uuid[]): Promise<Uuid[]> {
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
   ) as head
   limit $3`,
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
  /** Whether the limit in all was reached: what waits in some lanes may not have been read then. */
  readonly isCut: boolean;
}

/** How much to read of what waits from the heads of lanes on; replays are read in any case. */
export interface ReadLimits {
  readonly perLane: number;
  readonly inAll: number;
}

/**
 * Locks those of the lanes in which something waits and that nobody else holds, in the order of their ids, and reads what
 * waits in them. A lane that is missing from the answer has nothing to do, or is being applied by another process or
 * committer and left to it, or is not there: a job may be older than this database, restored or emptied since.
 *
 * What waits is read by a statement of its own, after the locks, so that it sees all that earlier holders committed. It
 * is sent together with the locking one: which lanes were free is found out afterwards.
 */
export async function openLanes(on: Queryable, ids: readonly Uuid[], most: ReadLimits): Promise<OpenLanes> {
  const [locked, fromHeads] = await sendTogether(on, () => [
    lock(on, [ids]),
    heads(on, [ids, most.perLane, most.inAll]),
  ]);
  const lanes = locked.rows.map(laneOf);

  const asked = lanes.flatMap(replaysOf);
  const replayed = asked.length === 0 ? [] : (await replays(on, [asked])).rows;
  const waiting = new Map<Uuid, Waiting[]>();
  for (const { id } of lanes) waiting.set(id, []);
  for (const row of [...replayed, ...fromHeads.rows]) waiting.get(row.lane)?.push(waitingOf(row));
  return { lanes, waiting, isCut: fromHeads.rows.length >= most.inAll };
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
