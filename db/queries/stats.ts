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
export interface KindStats {
  readonly kind: string;
  readonly accepted: number;
  readonly succeeded: number;
  readonly rejected: number;
  readonly reconciling: number;
  readonly resolved: number;
  readonly settledLastMinute: number;
}

/** Bookings by practitioners, and what became of them, among those accepted within the window. */
export interface PeerStats {
  readonly submitted: number;
  readonly succeeded: number;
  readonly rejected: number;
  readonly bookings: number;
  readonly peerBookings: number;
  readonly peerCancelled: number;
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

const selectKinds = `
  select kind, count(*) as accepted,
         count(*) filter (where status = 'succeeded') as succeeded,
         count(*) filter (where status = 'rejected') as rejected,
         count(*) filter (where status = 'reconciling') as reconciling,
         count(*) filter (where status = 'resolved') as resolved,
         count(*) filter (where settled_at > now() - interval '1 minute') as settled_last_minute
  from operations where accepted_at >= now() - make_interval(hours => $1)
  group by kind order by kind`;

type Counts<Row> = { readonly [Name in keyof Row]: string };

/** By kind, over the operations accepted within the last `hours`. */
export async function readKinds({ client }: Tx, hours: number): Promise<KindStats[]> {
  const { rows } = await client.query<Counts<KindRow>>(selectKinds, [hours]);
  return rows.map((row) => ({
    kind: row.kind,
    accepted: Number(row.accepted),
    succeeded: Number(row.succeeded),
    rejected: Number(row.rejected),
    reconciling: Number(row.reconciling),
    resolved: Number(row.resolved),
    settledLastMinute: Number(row.settled_last_minute),
  }));
}

interface KindRow {
  readonly kind: string;
  readonly accepted: number;
  readonly succeeded: number;
  readonly rejected: number;
  readonly reconciling: number;
  readonly resolved: number;
  readonly settled_last_minute: number;
}

// A rejected booking left no row that says whether it would have been a peer's: that is asked of the directory.
const selectPeers = `
  with submitted as (
    select o.status
    from operations o
    join users u on u.id = o.lane and 'practitioner' = any(u.roles)
    join practitioners p on p.id = u.id
    where o.kind = 'booking.create' and o.accepted_at >= now() - make_interval(hours => $1)
  )
  select (select count(*) from submitted) as submitted,
         (select count(*) from submitted where status = 'succeeded') as succeeded,
         (select count(*) from submitted where status = 'rejected') as rejected,
         count(*) as bookings,
         count(*) filter (where peer) as peer_bookings,
         count(*) filter (where peer and status = 'cancelled') as peer_cancelled
  from bookings where created_at >= now() - make_interval(hours => $1)`;

export async function readPeers({ client }: Tx, hours: number): Promise<PeerStats> {
  const { rows } = await client.query<Record<string, string>>(selectPeers, [hours]);
  const count = (name: string) => Number(rows[0]?.[name] ?? 0);
  return {
    submitted: count('submitted'),
    succeeded: count('succeeded'),
    rejected: count('rejected'),
    bookings: count('bookings'),
    peerBookings: count('peer_bookings'),
    peerCancelled: count('peer_cancelled'),
  };
}
