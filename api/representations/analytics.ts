import { z } from 'zod';
import type { BookingDay } from '../../db/queries/analytics.ts';

export const rateSchema = z
  .number()
  .min(0)
  .max(1)
  .nullable()
  .meta({ description: 'Null without anything to divide by.' });

const bookingCounts = z
  .object({
    accepted: z.int().meta({ description: 'Bookings that were asked for on that day, whatever became of them.' }),
    succeeded: z.int(),
    rejected: z.int(),
    cancelled: z.int().meta({ description: 'Of those that succeeded, cancelled on that day or later.' }),
    successRate: rateSchema,
    rejectionRate: rateSchema,
    cancellationRate: rateSchema,
  })
  .meta({ id: 'BookingCounts' });

export const bookingDaySchema = z.object({
  day: z.iso.date().meta({ description: 'In UTC.' }),
  peer: bookingCounts.meta({ description: 'Of practitioners.' }),
  client: bookingCounts.meta({ description: 'Of everybody else.' }),
});

export const practitionerCreditsSchema = z.object({
  practitionerId: z.guid(),
  earned: z.int().meta({ description: 'For treating other practitioners; refunds are deducted.' }),
  spent: z.int().meta({ description: 'For sessions of their own; refunds are deducted.' }),
  ratio: z.number().nullable().meta({ description: 'Earned for each credit spent; null where nothing is spent.' }),
});

/** One entry for each day, in the order in which they come. */
export function bookingDayViews(days: readonly BookingDay[]): z.infer<typeof bookingDaySchema>[] {
  const clients = new Map(days.filter(({ isPeer }) => !isPeer).map((day) => [day.day, day]));
  return days
    .filter(({ isPeer }) => isPeer)
    .flatMap((peer) => {
      const client = clients.get(peer.day);
      return client === undefined ? [] : [{ day: peer.day, peer: countsOf(peer), client: countsOf(client) }];
    });
}

function countsOf({ day: _, isPeer: __, ...counts }: BookingDay): z.infer<typeof bookingCounts> {
  return counts;
}
