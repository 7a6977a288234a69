import type pg from 'pg';
import { z } from 'zod';
import { timeKeys } from '../../db/queries/page.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { listSlotHolds } from '../../db/queries/slot-holds.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { slotHoldSchema, slotHoldView } from '../representations/slot-hold.ts';

export function slotHoldRoutes({ reader }: { readonly reader: pg.Pool }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/slot-holds',
      tag: 'Bookings',
      summary: 'List the slots that are kept for you',
      description: 'Your own, as long as they keep their slot.',
      params: nothing,
      query: z.object(pageParameters),
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(slotHoldSchema) } },
      handle: async ({ caller, query: { limit, cursor } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const held = { holderId: caller.id, at: Date.now() };
        const rows = await readAs(reader, viewerOf(caller), (tx) =>
          listSlotHolds(tx, held, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => slotHoldView(record), keys: ({ keys }) => keys });
      },
    }),
  ];
}
