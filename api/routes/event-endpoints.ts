import { randomBytes, randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type pg from 'pg';
import { z } from 'zod';
import {
  createEndpoint,
  deleteEndpoint,
  disableEndpoint,
  type EndpointEntry,
  enableEndpoint,
  endpointsMax,
  putEndpoint,
  rotateSecret,
} from '../../db/events/endpoints.ts';
import { type EndpointRecord, listEndpoints, readEndpoint } from '../../db/queries/event-endpoints.ts';
import { timeKeys } from '../../db/queries/page.ts';
import { readAs } from '../../db/queries/read-as.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { type OutgoingRules, urlFaultOf } from '../../shared/runtime/outgoing/endpoint-url.ts';
import { leadsToPrivate, type Resolve } from '../../shared/runtime/outgoing/guarded-lookup.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { invalid, notFound } from '../http/problem.ts';
import { answered, defineRoute, nothing, type Route, sendJson, sendNothing } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { endpointEntry, endpointSchema, endpointView, secretSchema } from '../representations/events.ts';

export interface EventEndpointDeps {
  readonly app: pg.Pool;
  readonly reader: pg.Pool;
  readonly rules: OutgoingRules;
  readonly resolve: Resolve;
}

const common = { tag: 'Events', roles: ['ops'] } as const;

const noEndpoint = 'There is no such event endpoint.';

export function eventEndpointRoutes({ app, reader, rules, resolve }: EventEndpointDeps): Route[] {
  const find = async (caller: Caller, id: Uuid): Promise<EndpointRecord> => {
    const endpoint = await readAs(reader, viewerOf(caller), (tx) => readEndpoint(tx, id));
    if (endpoint === null) throw notFound(noEndpoint);
    return endpoint;
  };
  /** The entry with its URL in normal form; throws 400 for one that nothing may be sent to. */
  const checked = async ({ url, types }: EndpointEntry): Promise<EndpointEntry> => {
    const fault = urlFaultOf(url, rules);
    if (fault !== null) throw invalid('url', fault);
    const { hostname, href } = new URL(url);
    const isName = isIP(hostname.replace(/^\[|\]$/g, '')) === 0;
    if (isName && !rules.allowPrivate && (await leadsToPrivate(hostname, resolve)))
      throw invalid('url', 'must lead to a public address');
    return { url: href, types };
  };
  const doOrNotFound = async (isDone: Promise<boolean>): Promise<void> => {
    if (!(await isDone)) throw notFound(noEndpoint);
  };

  return [
    defineRoute({
      ...common,
      method: 'post',
      path: '/v1/event-endpoints',
      summary: 'Register an endpoint for events',
      description:
        'It hears of whatever succeeds from now on. Deliveries are POSTs, signed by Standard Webhooks, at least once, ' +
        'with the same `webhook-id` each time; those of one user come in order, `data.sequence` says which. Redirects ' +
        'are not followed. What fails is tried again for days; then the endpoint is disabled and waits for a person.',
      params: nothing,
      query: nothing,
      body: endpointEntry,
      answers: { 201: { description: 'The endpoint, and its secret.', schema: secretSchema } },
      handle: async ({ caller, body, res }) => {
        const entry = await checked(body);
        const [id, secret] = [randomUUID(), newSecret()];
        if (!(await createEndpoint(app, caller.id, { ...entry, id, secret })))
          throw invalid('url', `cannot be added: there are ${endpointsMax} endpoints, as many as there may be`);
        const location = ['Location', `/v1/event-endpoints/${id}`];
        sendJson(res, 201, { ...endpointView(await find(caller, id)), secret }, location);
        return answered;
      },
    }),
    defineRoute({
      ...common,
      method: 'get',
      path: '/v1/event-endpoints',
      summary: 'List endpoints for events',
      params: nothing,
      query: z.object(pageParameters),
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(endpointSchema) } },
      handle: async ({ caller, query: { limit, cursor } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const rows = await readAs(reader, viewerOf(caller), (tx) => listEndpoints(tx, { limit: limit + 1, after }));
        return pageFrom(rows, limit, { item: ({ record }) => endpointView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      ...common,
      method: 'get',
      path: '/v1/event-endpoints/:id',
      summary: 'Read an endpoint for events',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The endpoint.', schema: endpointSchema } },
      handle: async ({ caller, params: { id } }) => endpointView(await find(caller, id)),
    }),
    defineRoute({
      ...common,
      method: 'put',
      path: '/v1/event-endpoints/:id',
      summary: 'Replace the address and the filter of an endpoint',
      description: 'What waits in line already is sent to the new address, whatever its type.',
      params: idParameter,
      query: nothing,
      body: endpointEntry,
      answers: { 200: { description: 'The endpoint as stored.', schema: endpointSchema } },
      handle: async ({ caller, params: { id }, body }) => {
        await find(caller, id);
        await doOrNotFound(putEndpoint(app, caller.id, id, await checked(body)));
        return endpointView(await find(caller, id));
      },
    }),
    defineRoute({
      ...common,
      method: 'delete',
      path: '/v1/event-endpoints/:id',
      summary: 'Remove an endpoint',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 204: { description: 'It hears of nothing any more.' } },
      handle: async ({ caller, params: { id }, res }) => {
        await doOrNotFound(deleteEndpoint(app, caller.id, id));
        sendNothing(res);
        return answered;
      },
    }),
    ...(['enable', 'disable'] as const).map((name) =>
      defineRoute({
        ...common,
        ...described[name],
        method: 'post',
        path: `/v1/event-endpoints/:id/${name}`,
        params: idParameter,
        query: nothing,
        body: nothing,
        answers: { 200: { description: 'The endpoint as it is now.', schema: endpointSchema } },
        handle: async ({ caller, params: { id } }) => {
          const act = name === 'enable' ? enableEndpoint : disableEndpoint;
          await doOrNotFound(act(app, caller.id, id));
          return endpointView(await find(caller, id));
        },
      }),
    ),
    defineRoute({
      ...common,
      method: 'post',
      path: '/v1/event-endpoints/:id/rotate-secret',
      summary: 'Give an endpoint a new secret',
      description: 'For a day the one before it signs as well: `webhook-signature` then holds two.',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The endpoint, and its new secret.', schema: secretSchema } },
      handle: async ({ caller, params: { id } }) => {
        const secret = newSecret();
        await doOrNotFound(rotateSecret(app, caller.id, id, secret));
        return { ...endpointView(await find(caller, id)), secret };
      },
    }),
  ];
}

const described = {
  enable: {
    summary: 'Send to an endpoint again',
    description: 'Goes on where it stopped; what happened meanwhile is sent, in order. Safe to repeat.',
  },
  disable: {
    summary: 'Send nothing to an endpoint for the time being',
    description: 'Events are kept for it, for `EVENT_RETENTION_DAYS`. Safe to repeat.',
  },
} as const;

/** Standard Webhooks: 24 to 64 random bytes. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
