import type pg from 'pg';
import { z } from 'zod';
import { isFinal, listOperations, type OperationRecord, readOperations } from '../../db/queries/operations.ts';
import { timeKeys } from '../../db/queries/page.ts';
import { readAs, type Viewer } from '../../db/queries/read-as.ts';
import { operationStatuses } from '../../db/schema.ts';
import { type Settlements, waitUntilFinal } from '../../db/settlements.ts';
import { hasRole } from '../../shared/contract/roles.ts';
import { id } from '../../shared/contract/wire.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { exchangeOf } from '../http/exchange.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { preferredWaitOf } from '../http/preferred-wait.ts';
import { notFound } from '../http/problem.ts';
import { answered, defineRoute, nothing, type Route, sendJson } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { operationSchema, operationView } from '../representations/operation.ts';
import { createEventStreams } from './operation-events.ts';
import { preferHeader } from './submissions.ts';

const listParameters = z.object({
  ...pageParameters,
  userId: id.optional().meta({ description: 'In whose order they are applied; absent: your own, with `ops` all.' }),
  kind: z.string().max(100).optional(),
  status: z.enum(operationStatuses).optional(),
});

export interface OperationDeps {
  readonly reader: pg.Pool;
  readonly settlements: Settlements;
}

export function operationRoutes({ reader, settlements }: OperationDeps): Route[] {
  const find = async (viewer: Viewer, operationId: Uuid): Promise<OperationRecord> => {
    const [operation] = await readAs(reader, viewer, ({ client }) => readOperations(client, [operationId]));
    if (operation === undefined) throw notFound('There is no such operation.');
    return operation;
  };
  const streams = createEventStreams(settlements);

  return [
    defineRoute({
      method: 'get',
      path: '/v1/operations',
      tag: 'Operations',
      summary: 'List operations',
      description: 'Your own, or with the role `ops` those of everybody.',
      params: nothing,
      query: listParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(operationSchema) } },
      handle: async ({ caller, query: { limit, cursor, userId, kind, status } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const filter = { userId: userId ?? (hasRole(caller.roles, 'ops') ? null : caller.id), kind, status };
        const rows = await readAs(reader, viewerOf(caller), (tx) =>
          listOperations(tx, filter, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => operationView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/operations/:id',
      tag: 'Operations',
      summary: 'Read an operation, or wait for its outcome',
      params: idParameter,
      query: nothing,
      body: nothing,
      headers: [preferHeader],
      answers: {
        200: {
          description: 'The operation, final or not.',
          schema: operationSchema,
          headers: { 'Preference-Applied': 'Only when the operation is final.' },
        },
      },
      handle: async ({ caller, params, req, res }) => {
        exchangeOf(res).operationId = params.id;
        const waitSeconds = preferredWaitOf(req);
        const wait = waitSeconds ? waitUntilFinal(settlements, params.id, waitSeconds * 1_000) : null;
        if (wait !== null) res.once('close', wait.cancel);
        try {
          let operation = await find(viewerOf(caller), params.id);
          if (wait !== null && !isFinal(operation.status)) {
            await wait.done;
            operation = await find(viewerOf(caller), params.id);
          }
          const isApplied = waitSeconds !== null && isFinal(operation.status);
          sendJson(res, 200, operationView(operation), isApplied ? ['Preference-Applied', `wait=${waitSeconds}`] : []);
          return answered;
        } finally {
          wait?.cancel();
        }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/operations/:id/events',
      tag: 'Operations',
      summary: 'Follow an operation',
      description:
        'Server-sent events: `event: operation` with the operation as data, now and whenever it changes. The stream ' +
        'ends when the operation is final.',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'Events.', contentType: 'text/event-stream', schema: z.string() } },
      handle: async ({ caller, params, res }) => {
        exchangeOf(res).operationId = params.id;
        const read = () => find(viewerOf(caller), params.id);
        await streams.open({ callerId: caller.id, operationId: params.id, read, res });
        return answered;
      },
    }),
  ];
}
