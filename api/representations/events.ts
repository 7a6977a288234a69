import { z } from 'zod';
import type { DeliveryRecord, EndpointRecord } from '../../db/queries/event-endpoints.ts';
import { eventDeliveries } from '../../db/schema.ts';
import { eventTypes } from '../../shared/contract/event-types.ts';

export const deliveryStatuses = eventDeliveries.status.enumValues;

const typeNames = z.enum(eventTypes);

/** What a caller says about an endpoint; whether the URL may be sent to is for the route. */
export const endpointEntry = z.strictObject({
  url: z.string().meta({ description: 'https, to a public address, without credentials.' }),
  types: z
    .array(typeNames)
    .min(1)
    .refine((types) => new Set(types).size === types.length, 'must not name a type twice')
    .nullable()
    .default(null)
    .meta({ description: 'Types of events to hear of; null: all, also those to come.' }),
});

export const endpointSchema = z
  .object({
    id: z.guid(),
    url: z.string(),
    types: z.array(z.string()).nullable(),
    enabled: z.boolean().meta({ description: 'When it is not, events are kept for it and not sent.' }),
    disabledAt: z.iso.datetime().nullable(),
    disabledReason: z.string().nullable(),
    failingSince: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Since when the event that has failed for longest does.' }),
    lastSuccessAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'EventEndpoint' });

export const secretSchema = endpointSchema
  .extend({
    secret: z.string().meta({ description: '`whsec_…` (Standard Webhooks); shown this once.' }),
  })
  .meta({ id: 'EventEndpointWithSecret' });

export function endpointView(record: EndpointRecord): z.infer<typeof endpointSchema> {
  const { id, url, types, disabledAt, disabledReason, failingSince, lastSuccessAt, createdAt } = record;
  return {
    id,
    url,
    types: types === null ? null : [...types],
    enabled: disabledAt === null,
    disabledAt: disabledAt?.toISOString() ?? null,
    disabledReason,
    failingSince: failingSince?.toISOString() ?? null,
    lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}

export const deliverySchema = z
  .object({
    eventId: z.guid().meta({ description: 'The `webhook-id`; also the id of the operation.' }),
    type: z.string(),
    userId: z.guid(),
    sequence: z.int().meta({ description: 'The place in the order of this user; numbers may be missing.' }),
    status: z.enum(deliveryStatuses),
    attempts: z.int(),
    queuedAt: z.iso.datetime(),
    dueAt: z.iso.datetime().nullable().meta({ description: 'When it is tried again after a failure.' }),
    lastAttemptAt: z.iso.datetime().nullable(),
    lastStatusCode: z.int().nullable(),
    lastError: z.string().nullable(),
    deliveredAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'EventDelivery' });

export function deliveryView(record: DeliveryRecord): z.infer<typeof deliverySchema> {
  const { type, status, attempts, lastStatusCode, lastError } = record;
  return {
    eventId: record.operationId,
    type,
    userId: record.lane,
    sequence: record.laneSeq,
    status,
    attempts,
    queuedAt: record.queuedAt.toISOString(),
    dueAt: record.dueAt?.toISOString() ?? null,
    lastAttemptAt: record.lastAttemptAt?.toISOString() ?? null,
    lastStatusCode,
    lastError,
    deliveredAt: record.deliveredAt?.toISOString() ?? null,
  };
}
