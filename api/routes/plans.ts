import type pg from 'pg';
import { z } from 'zod';
import { listPlans, type PlanRecord, putPlan, readPlan } from '../../db/plans.ts';
import { timeKeys } from '../../db/queries/page.ts';
import { readAs, type Viewer } from '../../db/queries/read-as.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { invalid, notFound } from '../http/problem.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { planEntry, planSchema, planView } from '../representations/plan.ts';

export interface PlanDeps {
  readonly app: pg.Pool;
  readonly reader: pg.Pool;
}

export function planRoutes({ app, reader }: PlanDeps): Route[] {
  const find = async (viewer: Viewer, id: Uuid): Promise<PlanRecord> => {
    const plan = await readAs(reader, viewer, (tx) => readPlan(tx, id));
    if (plan === null) throw notFound('There is no such plan.');
    return plan;
  };

  return [
    defineRoute({
      method: 'put',
      path: '/v1/plans/:id',
      tag: 'Directory',
      summary: 'Create or replace a plan',
      description:
        'What a Stripe price gives. Replaces the whole; safe to repeat. Counts for what is paid from now on, and for ' +
        'payments that wait for it once a person has their items tried again.',
      roles: ['admin'],
      params: idParameter,
      query: nothing,
      body: planEntry,
      answers: { 200: { description: 'The plan as stored.', schema: planSchema } },
      handle: async ({ caller, params: { id }, body }) => {
        if (!(await putPlan(app, id, body))) throw invalid('stripePriceId', 'belongs to another plan');
        return planView(await find(viewerOf(caller), id));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/plans',
      tag: 'Directory',
      summary: 'List plans',
      params: nothing,
      query: z.object(pageParameters),
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(planSchema) } },
      handle: async ({ caller, query: { limit, cursor } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const rows = await readAs(reader, viewerOf(caller), (tx) => listPlans(tx, { limit: limit + 1, after }));
        return pageFrom(rows, limit, { item: ({ record }) => planView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/plans/:id',
      tag: 'Directory',
      summary: 'Read a plan',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The plan.', schema: planSchema } },
      handle: async ({ caller, params: { id } }) => planView(await find(viewerOf(caller), id)),
    }),
  ];
}
