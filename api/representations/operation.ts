import { z } from 'zod';
import type { OperationRecord } from '../../db/queries/operations.ts';
import { operationStatuses } from '../../db/schema.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { JsonObject } from '../../shared/domain/json.ts';

const rejection = z.object({
  code: z.string(),
  message: z.string().meta({ description: 'For people.' }),
  details: z.record(z.string(), z.unknown()),
});

const resolution = z.object({ by: z.string(), note: z.string(), at: z.iso.datetime() });

const links = z.object({
  self: z.string(),
  events: z.string().meta({ description: 'The same as server-sent events.' }),
  booking: z.string().optional(),
  order: z.string().optional(),
  clientSecret: z
    .string()
    .optional()
    .meta({ description: 'Of a payment that the customer has to confirm with Stripe.' }),
  result: z.string().optional().meta({ description: 'What became of every row of a file.' }),
});

/** Contract §2. `outcome` is that of the kind; see the route that submits it. */
export const operationSchema = z
  .object({
    id: z.guid(),
    kind: z.string(),
    status: z.enum(operationStatuses),
    userId: z.guid().meta({ description: 'In whose order it is applied.' }),
    acceptedAt: z.iso.datetime(),
    settledAt: z.iso.datetime().nullable(),
    attempts: z.int(),
    progress: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Of one that is applied in parts, or waits for something outside: how far it is.' }),
    outcome: z.record(z.string(), z.unknown()).nullable(),
    rejection: rejection.nullable(),
    resolution: resolution.optional().meta({ description: 'When a person closed it without applying it.' }),
    links,
  })
  .meta({ id: 'Operation' });

export type OperationView = z.infer<typeof operationSchema>;

export function operationPath(id: Uuid): string {
  return `/v1/operations/${id}`;
}

export function operationView(operation: OperationRecord): OperationView {
  const {
    id,
    kind,
    status,
    userId,
    acceptedAt,
    settledAt,
    attempts,
    progress,
    outcome,
    rejection: no,
    resolution: by,
  } = operation;
  const self = operationPath(id);
  const bookingId = outcome?.bookingId;
  const orderId = outcome?.orderId ?? progress?.orderId;
  return {
    id,
    kind,
    status,
    userId,
    acceptedAt: acceptedAt.toISOString(),
    settledAt: settledAt?.toISOString() ?? null,
    attempts,
    ...(progress === null || settledAt !== null ? {} : { progress: withoutSecret(progress) }),
    outcome,
    rejection: no === null ? null : { ...no, details: { ...no.details } },
    ...(by === null ? {} : { resolution: { ...by, at: new Date(by.at).toISOString() } }),
    links: {
      self,
      events: `${self}/events`,
      ...(typeof bookingId === 'string' ? { booking: `/v1/bookings/${bookingId}` } : {}),
      ...(typeof orderId === 'string' ? { order: `/v1/orders/${orderId}` } : {}),
      ...(settledAt === null && typeof progress?.clientSecret === 'string'
        ? { clientSecret: progress.clientSecret }
        : {}),
      ...(operation.kind === 'partner.import' ? { result: `/v1/partner/bulk-upload-members/${id}/result` } : {}),
    },
  };
}

/** It is among the links, where whoever shows progress does not come across it. */
function withoutSecret({ clientSecret: _, ...progress }: JsonObject): JsonObject {
  return progress;
}

/** An operation in the moment of its acceptance, as its row says it without being read. */
export function freshOperation(
  {
    id,
    kind,
    lane,
    callerId,
  }: { readonly id: Uuid; readonly kind: string; readonly lane: Uuid; readonly callerId: Uuid },
  acceptedAt: Date,
): OperationRecord {
  return {
    id,
    kind,
    status: 'accepted',
    userId: lane,
    callerId,
    acceptedAt,
    settledAt: null,
    attempts: 0,
    progress: null,
    outcome: null,
    rejection: null,
    resolution: null,
  };
}
