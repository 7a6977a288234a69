import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { settleBooking } from '../../domain/settlement.ts';
import type { State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { endingRejections, endSession } from '../ending-a-session.ts';

const payload = z.strictObject({ bookingId: id });

const outcome = z.object({ bookingId: z.uuid(), status: z.literal('completed') });

export type BookingComplete = Command<z.infer<typeof payload>>;

export function footprint({ payload: { bookingId } }: BookingComplete): Footprint {
  return { bookings: [bookingId] };
}

export function decide(state: State, command: BookingComplete): Decision {
  const { bookingId } = command.payload;
  return endSession(state, command, (booking) =>
    applied({ bookingId, status: 'completed' }, [
      ...settleBooking(state, booking, 0),
      { type: 'booking-completed', bookingId },
    ]),
  );
}

export const bookingComplete = defineOperation({
  kind: 'booking.complete',
  queue: 'booking',
  path: '/v1/bookings/:bookingId/complete',
  summary: 'Say that a session took place',
  description:
    'The practitioner or `ops` closes a session that has begun. Credits that were held for a peer session until it ' +
    'was over go to its practitioner.',
  payload,
  outcome,
  rejections: endingRejections,
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
