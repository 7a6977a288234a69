import type pg from 'pg';
import { z } from 'zod';
import { timeKeys } from '../../db/queries/page.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { listWaitlist } from '../../db/queries/waitlist.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { waitlistEntrySchema, waitlistEntryView } from '../representations/waitlist.ts';

const listParameters = z.object({
  ...pageParameters,
  as: z
    .enum(['client', 'practitioner'])
    .default('client')
    .meta({ description: 'Where you wait, or as a practitioner: who waits for you.' }),
});

export function waitlistRoutes({ reader }: { readonly reader: pg.Pool }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/waitlist',
      tag: 'Bookings',
      summary: 'List places on waitlists',
      description: 'Your own, with what is offered to you; with `as=practitioner` those of people who wait for you.',
      params: nothing,
      query: listParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(waitlistEntrySchema) } },
      handle: async ({ caller, query: { limit, cursor, as } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const filter = { party: { id: caller.id, as }, at: Date.now() };
        const rows = await readAs(reader, viewerOf(caller), (tx) =>
          listWaitlist(tx, filter, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => waitlistEntryView(record), keys: ({ keys }) => keys });
      },
    }),
  ];
}
