import type pg from 'pg';
import { z } from 'zod';
import { readAs } from '../../db/queries/read-as.ts';
import { readVendorDays } from '../../db/queries/vendor-days.ts';
import { readVendor } from '../../db/shops.ts';
import { hasRole } from '../../shared/contract/roles.ts';
import { idParameter } from '../http/parameters.ts';
import { invalid, notFound } from '../http/problem.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';

const dayMs = 24 * 3_600_000;

/** As far as one answer reads. */
const daysMax = 366;

/** PostgreSQL knows no year 0. */
const date = z.iso.date().refine((value) => value >= '1900', 'must lie after the year 1900');

const daysParameters = z.object({
  from: date.meta({ description: 'The first day (UTC).' }),
  to: date.meta({ description: 'The last day (UTC), included.' }),
});

const vendorDaySchema = z
  .object({
    day: z.iso.date(),
    orders: z.int(),
    subtotalMinor: z.int(),
    discountMinor: z.int(),
    totalMinor: z.int().meta({ description: 'What was paid by card.' }),
    refundedMinor: z.int().meta({ description: 'Of these orders, whenever it went back.' }),
    pointsRedeemed: z.int(),
    pointsEarned: z.int(),
  })
  .meta({ id: 'VendorDay' });

/** What a vendor's days have come to (004-10), from the orders themselves: nothing is added up that could differ. */
export function vendorDayRoutes({ reader }: { readonly reader: pg.Pool }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/vendors/:id/days',
      tag: 'Shops',
      summary: 'Read what the days of a vendor have come to',
      description: 'As its owner, or with the role `ops`. Days on which nothing was paid are left out.',
      params: idParameter,
      query: daysParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: z.array(vendorDaySchema) } },
      handle: ({ caller, params: { id: vendorId }, query: { from, to } }) => {
        const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
        if (days < 1 || days > daysMax) throw invalid('to', `must be from 0 to ${daysMax - 1} days after from`);
        return readAs(reader, viewerOf(caller), async (tx) => {
          const vendor = await readVendor(tx, vendorId);
          const isOwner = vendor?.ownerUserId === caller.id && caller.roles.includes('vendor');
          if (vendor === null || (!isOwner && !hasRole(caller.roles, 'ops')))
            throw notFound('There is no such vendor.');
          return readVendorDays(tx, { vendorId, from, to });
        });
      },
    }),
  ];
}
