import type { Tx } from '../client.ts';

export interface OldestWaiting {
  readonly id: string;
  readonly kind: string;
  readonly acceptedAt: Date;
}

export interface WaitingStats {
  readonly count: number;
  readonly oldest: OldestWaiting | null;
}

/** What became of the operations of one kind that were accepted within the window. */
export interface SortStats {
  readonly kind: string;
  /** Bookings come in two sorts, those between practitioners and the others; other kinds in one. */
  readonly peer: boolean;
  readonly accepted: number;
  readonly succeeded: number;
  readonly rejected: number;
  readonly reconciling: number;
  readonly resolved: number;
  readonly settledLastMinute: number;
}

const selectWaiting = `
  select id, kind, accepted_at, count(*) over () as total
  from operations
  where accepted_at >= (select accepted_at from low_water) and status in ('accepted', 'retrying', 'processing')
  order by accepted_at, id limit 1`;

/** What waits now. Counts from the low-water mark, below which nothing does. */
export async function readWaiting({ client }: Tx): Promise<WaitingStats> {
  const { rows } = await client.query<{ id: string; kind: string; accepted_at: Date; total: string }>(selectWaiting);
  const [first] = rows;
  if (first === undefined) return { count: 0, oldest: null };
  return {
    count: Number(first.total),
    oldest: { id: first.id, kind: first.kind, acceptedAt: first.accepted_at },
  };
}

const selectTallies = `
  select kind, peer, sum(accepted) as accepted, sum(succeeded) as succeeded, sum(rejected) as rejected,
         sum(reconciling) as reconciling, sum(resolved) as resolved, sum(settled_last_minute) as settled_last_minute
  from reporting.operation_hours where hour > now() - make_interval(hours => $1)
  group by kind, peer order by kind, peer`;

interface TallyRow {
  readonly kind: string;
  readonly peer: boolean;
  readonly accepted: string;
  readonly succeeded: string;
  readonly rejected: string;
  readonly reconciling: string;
  readonly resolved: string;
  readonly settled_last_minute: string;
}

/** By kind and sort, over the operations accepted in the hours that began within the last `hours`. */
export async function readTallies({ client }: Tx, hours: number): Promise<SortStats[]> {
  const { rows } = await client.query<TallyRow>(selectTallies, [hours]);
  return rows.map((row) => ({
    kind: row.kind,
    peer: row.peer,
    accepted: Number(row.accepted),
    succeeded: Number(row.succeeded),
    rejected: Number(row.rejected),
    reconciling: Number(row.reconciling),
    resolved: Number(row.resolved),
    settledLastMinute: Number(row.settled_last_minute),
  }));
}

const countCancelled = `
  select count(*) as cancelled from bookings
  where status = 'cancelled' and peer
    and created_at >= date_trunc('hour', now() - make_interval(hours => $1 - 1), 'UTC')`;

/** How many of the bookings between practitioners that were made in these hours have been cancelled. */
export async function countCancelledPeers({ client }: Tx, hours: number): Promise<number> {
  const { rows } = await client.query<{ cancelled: string }>(countCancelled, [hours]);
  return Number(rows[0]?.cancelled ?? 0);
}
