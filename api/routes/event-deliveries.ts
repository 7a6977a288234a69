import type pg from 'pg';
import { z } from 'zod';
import { replayTo } from '../../db/events/endpoints.ts';
import { listDeliveries, readEndpoint } from '../../db/queries/event-endpoints.ts';
import { timeKeys } from '../../db/queries/page.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { instant } from '../../shared/contract/wire.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { invalid, notFound } from '../http/problem.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { deliverySchema, deliveryStatuses, deliveryView } from '../representations/events.ts';

export interface EventDeliveryDeps {
  readonly app: pg.Pool;
  readonly reader: pg.Pool;
}

const listParameters = z.object({ ...pageParameters, status: z.enum(deliveryStatuses).optional() });

const replayBody = z.strictObject({
  from: instant.meta({ description: 'By the time at which operations were accepted.' }),
  to: instant.optional().meta({ description: 'Exclusive; now, unless it is given.' }),
});

const replayedSchema = z.object({
  replayed: z.int().meta({ description: 'Events that are in line again.' }),
  nextFrom: z.string().nullable().meta({ description: 'Ask again from here; null when nothing is left of the range.' }),
});

const noEndpoint = 'There is no such event endpoint.';

export function eventDeliveryRoutes({ app, reader }: EventDeliveryDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/event-endpoints/:id/deliveries',
      tag: 'Events',
      summary: 'List what an endpoint was told, or is to be told',
      roles: ['ops'],
      params: idParameter,
      query: listParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(deliverySchema) } },
      handle: async ({ caller, params: { id }, query: { limit, cursor, status } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const rows = await readAs(reader, viewerOf(caller), async (tx) => {
          if ((await readEndpoint(tx, id)) === null) throw notFound(noEndpoint);
          return listDeliveries(tx, { endpointId: id, status }, { limit: limit + 1, after });
        });
        return pageFrom(rows, limit, { item: ({ record }) => deliveryView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/event-endpoints/:id/replay',
      tag: 'Events',
      summary: 'Send events of a time range again',
      description:
        'Also those of before the endpoint was registered; under the ids that they had, as far as its filter lets them ' +
        'through. At most 10,000 at a time, oldest first. Safe to repeat: what is in line is there once.',
      roles: ['ops'],
      params: idParameter,
      query: nothing,
      body: replayBody,
      answers: { 200: { description: 'How many, and where to go on.', schema: replayedSchema } },
      handle: async ({ caller, params: { id }, body: { from, to = new Date().toISOString() } }) => {
        if (Date.parse(from) >= Date.parse(to)) throw invalid('from', 'must be before the end of the range');
        const replayed = await replayTo(app, caller.id, id, { from, to });
        if (replayed === null) throw notFound(noEndpoint);
        return replayed;
      },
    }),
  ];
}
