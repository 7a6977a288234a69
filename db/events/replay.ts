import type { Uuid } from '../../shared/domain/ids.ts';
import { type Queryable, statement } from '../statement.ts';
import { kindsAndTypes } from './record.ts';

/** Events that one call puts back in line, plus those accepted in the same microsecond as the last of them. */
const eventsPerReplay = 10_000;

interface ReplayRow {
  readonly replayed: number;
  readonly next_from: string | null;
}

// With ties, so that the next call can begin right after the last instant of this one.
const replay = statement<ReplayRow>(
  'replay_events',
  `with chosen as materialized (
     select e.id as endpoint_id, o.id, named.type, o.lane, o.lane_seq, o.accepted_at
     from event_endpoints e
     cross join operations o
     join unnest($4::text[], $5::text[]) as named (kind, type) on named.kind = o.kind
     where e.id = $1 and o.accepted_at >= $2::timestamptz and o.accepted_at < $3::timestamptz
       and o.status = 'succeeded' and (e.types is null or named.type = any(e.types))
     order by o.accepted_at fetch first ${eventsPerReplay} rows with ties
   ), queued as (
     insert into event_deliveries (endpoint_id, operation_id, type, lane, lane_seq)
     select endpoint_id, id, type, lane, lane_seq from chosen
     on conflict (endpoint_id, operation_id) do update
     set status = 'pending', delivered_at = null, queued_at = now(), failures = 0
     where event_deliveries.status = 'delivered'
     returning 1
   )
   select (select count(*)::int from queued) as replayed,
          (select case when count(*) >= ${eventsPerReplay} then
             to_char((max(accepted_at) + interval '1 microsecond') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
           end from chosen) as next_from`,
);

export interface Replayed {
  /** Events that were put in line, or back into it; those that waited there anyway are not counted. */
  readonly replayed: number;
  /** Where the next call goes on; null: nothing is left of the range. */
  readonly nextFrom: string | null;
}

/** Puts the events of operations accepted from `from` up to `to` (exclusive) in line again, oldest first. */
export async function replayEvents(on: Queryable, endpointId: Uuid, from: string, to: string): Promise<Replayed> {
  const { rows } = await replay(on, [endpointId, from, to, ...kindsAndTypes]);
  return { replayed: rows[0]?.replayed ?? 0, nextFrom: rows[0]?.next_from ?? null };
}
