import { type Queryable, statement } from '../statement.ts';

/** Rows of one endpoint that one step clears away at most. */
const rowsPerStepMax = 1_000;

// What an endpoint that is alive has not heard of yet stays, however old it is.
const pruneDeliveries = statement(
  'prune_event_deliveries',
  `delete from event_deliveries d using (
     select old.id
     from event_endpoints e cross join lateral (
       select o.id from event_deliveries o
       where o.endpoint_id = e.id
         and o.queued_at < case when e.deleted_at is null then now() - make_interval(days => $1) else 'infinity' end
         and (o.status = 'delivered' or coalesce(e.disabled_at, e.deleted_at) is not null)
       order by o.queued_at limit ${rowsPerStepMax} for update skip locked
     ) as old
   ) as old
   where d.id = old.id`,
);

// An hour later no batch is left that has seen the endpoint alive.
const pruneEndpoints = statement(
  'prune_event_endpoints',
  `delete from event_endpoints e where e.deleted_at < now() - interval '1 hour'
     and not exists (select from event_deliveries d where d.endpoint_id = e.id)`,
);

/**
 * One step of clearing away what is older than `retentionDays`, and what endpoints that were deleted have left. True
 * when there may be more.
 */
export async function pruneEvents(on: Queryable, retentionDays: number): Promise<boolean> {
  const { rowCount } = await pruneDeliveries(on, [retentionDays]);
  await pruneEndpoints(on, []);
  return (rowCount ?? 0) >= rowsPerStepMax;
}
