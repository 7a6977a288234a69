import type pg from 'pg';
import { z } from 'zod';
import { readBookingDays, readPractitionerCredits } from '../../db/queries/analytics.ts';
import { readLoyalty } from '../../db/queries/loyalty-stats.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { countCancelledPeers, readTallies, readWaiting } from '../../db/queries/stats.ts';
import { queueNames } from '../../shared/contract/queues.ts';
import type { Producer } from '../../shared/runtime/queues.ts';
import { wholeNumberParameter } from '../http/paging.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import {
  bookingDaySchema,
  bookingDayViews,
  practitionerCreditsSchema,
  rateSchema as rate,
} from '../representations/analytics.ts';
import { loyaltyStatsSchema, loyaltyStatsView } from '../representations/loyalty-stats.ts';
import { kindViews, peerView } from '../representations/tallies.ts';

/** What rates are over: long enough to be calm, short enough to be about today. */
const windowHours = 24;

/** Beyond these, the reporting views answer: a page of numbers must not read years. */
const daysDefault = 30;
const daysMax = 90;

/** As many practitioners as a person looks through. */
const practitionersMax = 100;

const statsParameters = z.object({
  days: wholeNumberParameter(1, daysMax).default(daysDefault).meta({
    description:
      'For how many days (UTC) bookings, redemptions and what practitioners earned are counted, today included.',
  }),
});

const statsSchema = z
  .object({
    windowHours: z.int().meta({
      description: 'Rates are over the operations accepted within so many last hours by the clock, this one included.',
    }),
    queues: z
      .record(z.enum(queueNames), z.record(z.string(), z.int()))
      .nullable()
      .meta({ description: 'Jobs by state; null while the queues are away.' }),
    waiting: z.object({
      operations: z.int(),
      oldest: z
        .object({ id: z.guid(), kind: z.string(), acceptedAt: z.iso.datetime(), ageSeconds: z.number() })
        .nullable(),
    }),
    throughput: z.object({ settledLastMinute: z.int(), perSecond: z.number() }),
    kinds: z.array(
      z.object({
        kind: z.string(),
        accepted: z.int(),
        succeeded: z.int(),
        rejected: z.int(),
        reconciling: z.int(),
        resolved: z.int(),
        successRate: rate,
        rejectionRate: rate,
      }),
    ),
    peerBookings: z.object({
      submitted: z.int().meta({ description: 'Bookings that practitioners asked for.' }),
      succeeded: z.int(),
      rejected: z.int(),
      successRate: rate,
      rejectionRate: rate,
      shareOfBookings: rate,
      cancellationRate: rate,
    }),
    bookingsByDay: z.array(bookingDaySchema).meta({ description: 'Every day of `days`, newest first.' }),
    practitioners: z.array(practitionerCreditsSchema).meta({
      description: `Of the sessions booked within \`days\`: the ${practitionersMax} who have earned most, most first.`,
    }),
    loyalty: loyaltyStatsSchema,
  })
  .meta({ id: 'Stats' });

export interface StatsDeps {
  readonly reader: pg.Pool;
  readonly producer: Pick<Producer, 'depths'>;
}

export function statsRoutes({ reader, producer }: StatsDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/stats',
      tag: 'Operators',
      summary: 'Read how it is going',
      roles: ['ops'],
      params: nothing,
      query: statsParameters,
      body: nothing,
      answers: { 200: { description: 'Numbers of this moment.', schema: statsSchema } },
      handle: async ({ caller, query: { days } }) => {
        const depths = producer.depths().catch(() => null);
        const read = await readAs(reader, viewerOf(caller), async (tx) => ({
          waiting: await readWaiting(tx),
          tallies: await readTallies(tx, windowHours),
          peersCancelled: await countCancelledPeers(tx, windowHours),
          bookingDays: await readBookingDays(tx, days),
          practitioners: await readPractitionerCredits(tx, days, practitionersMax),
          loyalty: await readLoyalty(tx, days),
        }));
        const settledLastMinute = read.tallies.reduce((sum, tally) => sum + tally.settledLastMinute, 0);
        const { count, oldest } = read.waiting;
        return {
          windowHours,
          queues: await depths,
          waiting: {
            operations: count,
            oldest: oldest && { ...oldest, ageSeconds: (Date.now() - oldest.acceptedAt.getTime()) / 1_000 },
          },
          throughput: { settledLastMinute, perSecond: Math.round((settledLastMinute / 60) * 100) / 100 },
          kinds: kindViews(read.tallies),
          peerBookings: peerView(read.tallies, read.peersCancelled),
          bookingsByDay: bookingDayViews(read.bookingDays),
          practitioners: read.practitioners,
          loyalty: loyaltyStatsView(read.loyalty),
        };
      },
    }),
  ];
}
