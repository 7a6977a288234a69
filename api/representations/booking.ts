import { z } from 'zod';
import type { BookingRecord } from '../../db/queries/bookings.ts';

export const bookingStatuses = ['booked', 'completed', 'cancelled', 'no_show'] as const;

export const bookingSchema = z
  .object({
    id: z.guid().meta({ description: 'The id of the operation that made it.' }),
    clientId: z.guid(),
    practitionerId: z.guid(),
    peer: z.boolean(),
    status: z.enum(bookingStatuses),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    timeZone: z.string().meta({ description: "The practitioner's when it was booked." }),
    sessionType: z.string(),
    creditCost: z.int(),
    refundedCredits: z.int(),
    notes: z.string().nullable(),
    roomUrl: z.string().nullable().meta({ description: 'Null while the session has no video room.' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Booking' });

export function bookingView({ startsAt, endsAt, createdAt, ...booking }: BookingRecord): z.infer<typeof bookingSchema> {
  return {
    ...booking,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    createdAt: createdAt.toISOString(),
  };
}

export const quoteSchema = z
  .object({
    refundCredits: z.int().meta({ description: 'What the client would get back.' }),
    percent: z.int().meta({ description: '0 for a booking that cannot be cancelled any more.' }),
    freeUntil: z.iso.datetime().meta({ description: 'Until then, this instant included, the client pays nothing.' }),
    policy: z.object({ freeUntilHours: z.int(), lateRefundPercent: z.int() }),
  })
  .meta({ id: 'CancellationQuote' });
