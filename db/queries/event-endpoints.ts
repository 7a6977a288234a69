import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Tx } from '../client.ts';
import { eventDeliveries, eventEndpoints } from '../schema.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './page.ts';

// Without secrets: the reader's role may not select them.
const { id, url, types, createdAt, lastSuccessAt, disabledAt, disabledReason } = eventEndpoints;
const shown = {
  id,
  url,
  types,
  createdAt,
  lastSuccessAt,
  disabledAt,
  disabledReason,
  failingSince: sql<Date | null>`(
    select min(d.failing_since) from event_deliveries d
    where d.endpoint_id = ${eventEndpoints.id} and d.status = 'pending' and d.due_at is not null)`.mapWith(
    eventDeliveries.failingSince,
  ),
};

export interface EndpointRecord {
  readonly id: Uuid;
  readonly url: string;
  readonly types: readonly string[] | null;
  readonly createdAt: Date;
  readonly lastSuccessAt: Date | null;
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  /** Since when the event that has failed for longest does; null when none does. */
  readonly failingSince: Date | null;
}

export async function readEndpoint({ db }: Tx, endpointId: Uuid): Promise<EndpointRecord | null> {
  const [row] = await db
    .select(shown)
    .from(eventEndpoints)
    .where(and(eq(eventEndpoints.id, endpointId), isNull(eventEndpoints.deletedAt)));
  return row ?? null;
}

/** Endpoints, newest first. */
export async function listEndpoints(
  { db }: Tx,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: EndpointRecord; readonly keys: TimeKeys }[]> {
  const rows = await db
    .select({ ...shown, micros: microsOf(createdAt) })
    .from(eventEndpoints)
    .where(and(isNull(eventEndpoints.deletedAt), isAfter(createdAt, id, after)))
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
  return rows.map(({ micros, ...record }) => ({ record, keys: [micros, record.id] }));
}

export type DeliveryRecord = typeof eventDeliveries.$inferSelect;

export interface DeliveryFilter {
  readonly endpointId: Uuid;
  readonly status: DeliveryRecord['status'] | undefined;
}

/** Deliveries of one endpoint, newest first by when they were put in line. */
export async function listDeliveries(
  { db }: Tx,
  { endpointId, status }: DeliveryFilter,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: DeliveryRecord; readonly keys: TimeKeys }[]> {
  const deliveries = eventDeliveries;
  const rows = await db
    .select({ record: deliveries, micros: microsOf(deliveries.queuedAt) })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.endpointId, endpointId),
        status === undefined ? undefined : eq(deliveries.status, status),
        isAfter(deliveries.queuedAt, deliveries.operationId, after),
      ),
    )
    .orderBy(desc(deliveries.queuedAt), desc(deliveries.operationId))
    .limit(limit);
  return rows.map(({ record, micros }) => ({ record, keys: [micros, record.operationId] }));
}
