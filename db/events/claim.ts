import type { Uuid } from '../../shared/domain/ids.ts';
import { type Queryable, statement } from '../statement.ts';

/** An endpoint that something is to be told. */
export interface LiveEndpoint {
  readonly id: Uuid;
  readonly url: string;
  /** Those that sign: the present one, then one that was rotated out and still counts. */
  readonly secrets: readonly string[];
  /** Lanes whose next event has failed since the endpoint last took anything. */
  readonly failingLanes: number;
}

interface EndpointRow {
  readonly id: Uuid;
  readonly url: string;
  readonly secret: string;
  readonly previous_secret: string | null;
  readonly failing_lanes: number;
}

/** The first pending delivery of the first lane that meets the condition. */
const headOf = (condition: string, columns = 'd.id, d.endpoint_id, d.lane, d.due_at, d.leased_until') =>
  `(select ${columns} from event_deliveries d
    where d.status = 'pending' and ${condition} order by d.lane, d.lane_seq limit 1)`;

// Endpoints that nothing is pending for are left out: they would only take room from those that have to be told.
const selectLive = statement<EndpointRow>(
  'read_live_endpoints',
  `select e.id, e.url, e.secret, case when e.previous_secret_until > now() then e.previous_secret end as previous_secret,
          (select count(*)::int from event_deliveries d
           where d.endpoint_id = e.id and d.status = 'pending' and d.due_at is not null
             and d.last_attempt_at > coalesce(e.last_success_at, '-infinity')) as failing_lanes
   from event_endpoints e
   where e.disabled_at is null and e.deleted_at is null and ${headOf('d.endpoint_id = e.id', 'd.id')} is not null
   order by e.id`,
);

/** In the order of their ids, so that they can take turns. */
export async function readLiveEndpoints(on: Queryable): Promise<LiveEndpoint[]> {
  const { rows } = await selectLive(on, []);
  return rows.map(({ id, url, secret, previous_secret: previous, failing_lanes: failingLanes }) => ({
    id,
    url,
    secrets: previous === null ? [secret] : [secret, previous],
    failingLanes,
  }));
}

/** What to take of one endpoint's line. */
export interface Wish {
  readonly endpointId: Uuid;
  /** Lanes from this one on; whoever moves it on serves all in turn. */
  readonly fromLane: Uuid;
  /** Of those that have not failed yet, and of those that are due again. */
  readonly freshMax: number;
  readonly retriesMax: number;
}

/** A delivery in this process's hands, for as long as its lease. */
export interface Claimed {
  readonly id: Uuid;
  readonly endpointId: Uuid;
  readonly operationId: Uuid;
  readonly type: string;
  readonly lane: Uuid;
  readonly sequence: number;
  readonly attempts: number;
  readonly failures: number;
}

interface ClaimedRow {
  readonly id: Uuid;
  readonly endpoint_id: Uuid;
  readonly operation_id: Uuid;
  readonly type: string;
  readonly lane: Uuid;
  readonly lane_seq: string;
  readonly attempts: number;
  readonly failures: number;
}

/** Where rows are named by their ids: said so that the index of all that is pending is no way to find them. */
export const isPending = (of: string) => `${of}.status <> 'delivered'`;

const isFree = (of: string) => `(${of}.leased_until is null or ${of}.leased_until <= now())`;

// Walks from lane to lane over the index, one probe each, and looks only at the first pending delivery of each: what
// waits behind one that failed, or that is in somebody's hands, is passed over unseen, however much it is.
const claim = statement<ClaimedRow>(
  'claim_event_deliveries',
  `with wish as (
     select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[]) as w (endpoint_id, lane, fresh_max, retries_max)
   ), candidate as (
     select fresh.* from wish w cross join lateral (
       with recursive head as (
         ${headOf('d.endpoint_id = w.endpoint_id and d.lane >= w.lane')}
         union all
         select next.* from head h cross join lateral
           ${headOf('d.endpoint_id = h.endpoint_id and d.lane > h.lane')} as next
       )
       select h.id from head h where h.due_at is null and ${isFree('h')} limit w.fresh_max
     ) as fresh
     union all
     select due.* from wish w cross join lateral (
       select d.id from event_deliveries d
       where d.endpoint_id = w.endpoint_id and d.status = 'pending' and d.due_at <= now() and ${isFree('d')}
         and d.lane_seq = (
           select e.lane_seq from event_deliveries e
           where e.endpoint_id = d.endpoint_id and e.lane = d.lane and e.status = 'pending' order by e.lane_seq limit 1)
       order by d.due_at limit w.retries_max
     ) as due
   ), locked as (
     select d.id from candidate c join event_deliveries d on d.id = c.id
     where ${isPending('d')} and ${isFree('d')}
     for update of d skip locked
   )
   update event_deliveries d set leased_until = now() + make_interval(secs => $5), attempts = d.attempts + 1
   from locked l where d.id = l.id
   returning d.id, d.endpoint_id, d.operation_id, d.type, d.lane, d.lane_seq, d.attempts, d.failures`,
);

/**
 * Takes deliveries into this process's hands: of each lane at most its first pending one, which keeps a user's events in
 * order however many processes take part. What is not given back within `leaseMs` is free again.
 */
export async function claimDeliveries(on: Queryable, wishes: readonly Wish[], leaseMs: number): Promise<Claimed[]> {
  const { rows } = await claim(on, [
    wishes.map(({ endpointId }) => endpointId),
    wishes.map(({ fromLane }) => fromLane),
    wishes.map(({ freshMax }) => freshMax),
    wishes.map(({ retriesMax }) => retriesMax),
    leaseMs / 1_000,
  ]);
  return rows.map((row) => ({
    id: row.id,
    endpointId: row.endpoint_id,
    operationId: row.operation_id,
    type: row.type,
    lane: row.lane,
    sequence: Number(row.lane_seq),
    attempts: row.attempts,
    failures: row.failures,
  }));
}
