import { eventTypeOfKind } from '../../shared/contract/event-types.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { type Queryable, statement } from '../statement.ts';

const named = Object.entries(eventTypeOfKind).filter(([, type]) => type !== null);

/** Kinds and the types of their events, as parallel arrays. */
export const kindsAndTypes = [named.map(([kind]) => kind), named.map(([, type]) => type)] as const;

// Without an endpoint the whole statement is one look at a table without rows: the subquery is no part of any row, so
// PostgreSQL asks it once, first.
const insertDeliveries = statement(
  'insert_event_deliveries',
  `insert into event_deliveries (endpoint_id, operation_id, type, lane, lane_seq)
   select e.id, o.id, named.type, o.lane, o.lane_seq
   from unnest($1::uuid[]) as settled (id)
   join operations o on o.id = settled.id and o.status = 'succeeded'
   join unnest($2::text[], $3::text[]) as named (kind, type) on named.kind = o.kind
   join event_endpoints e on e.deleted_at is null and (e.types is null or named.type = any(e.types))
   where (select exists (select from event_endpoints where deleted_at is null))
   on conflict do nothing`,
);

/**
 * Puts what these operations have done in line for every endpoint that wants to hear of it, in the transaction that
 * settles them, under their lanes' locks: whoever sees an event sees all earlier ones of its lane.
 */
export async function recordEvents(on: Queryable, operationIds: readonly Uuid[]): Promise<void> {
  await insertDeliveries(on, [operationIds, ...kindsAndTypes]);
}
