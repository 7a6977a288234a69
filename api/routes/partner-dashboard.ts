import type pg from 'pg';
import { z } from 'zod';
import { timeKeys } from '../../db/queries/page.ts';
import { listDashboardMembers, readPool } from '../../db/queries/partner-dashboard.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { decodeCursor, pageFrom, pageParameters } from '../http/paging.ts';
import { notFound } from '../http/problem.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { dashboardSchema, dashboardView } from '../representations/partner-dashboard.ts';
import { partnerRoles, readOwn } from './partners.ts';

const listParameters = z.object({ ...pageParameters });

/** The caller's own, never a parameter: whoever asks for another partner has no way to say so (003-10, 003-16). */
export function partnerDashboardRoutes({ reader }: { readonly reader: pg.Pool }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/partner/dashboard-data',
      tag: 'Partners',
      summary: 'See where the credits of the pool are',
      description: 'Your own partner, with its active members, newest first.',
      roles: partnerRoles,
      params: nothing,
      query: listParameters,
      body: nothing,
      answers: { 200: { description: 'The pool, and a page of members.', schema: dashboardSchema } },
      handle: async ({ caller, query: { limit, cursor } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const { id } = await readOwn(reader, caller, async (_tx, partner) => partner);
        return readAs(reader, { id: caller.id, isOperator: true }, async (tx) => {
          const pool = await readPool(tx, id);
          if (pool === null) throw notFound('There is no such partner.');
          const rows = await listDashboardMembers(tx, id, { limit: limit + 1, after });
          const page = pageFrom(rows, limit, { item: ({ record }) => record, keys: ({ keys }) => keys });
          return dashboardView(pool, page, Date.now());
        });
      },
    }),
  ];
}
