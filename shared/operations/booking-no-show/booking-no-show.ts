import { z } from 'zod';
import { amountMax, id } from '../../contract/wire.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { settleBooking } from '../../domain/settlement.ts';
import type { State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { endingRejections, endSession } from '../ending-a-session.ts';

const payload = z.strictObject({
  bookingId: id,
  party: z.enum(['client', 'practitioner']).meta({ description: 'Who did not come.' }),
});

const outcome = z.object({
  bookingId: z.uuid(),
  party: z.enum(['client', 'practitioner']),
  refundedCredits: z.int().min(0).max(amountMax).meta({ description: 'What the client got back.' }),
});

export type BookingNoShow = Command<z.infer<typeof payload>>;

export function footprint({ payload: { bookingId } }: BookingNoShow): Footprint {
  return { bookings: [bookingId] };
}

export function decide(state: State, command: BookingNoShow): Decision {
  const { bookingId, party } = command.payload;
  return endSession(state, command, (booking) => {
    const refundedCredits = party === 'practitioner' ? booking.creditCost : 0;
    return applied({ bookingId, party, refundedCredits }, [
      ...settleBooking(state, booking, refundedCredits),
      { type: 'booking-missed', bookingId, by: party, refundedCredits },
    ]);
  });
}

export const bookingNoShow = defineOperation({
  kind: 'booking.no_show',
  queue: 'refund',
  path: '/v1/bookings/:bookingId/no-show',
  summary: 'Say that somebody did not come',
  description:
    'The practitioner or `ops` closes a session that has begun without one of its parties. A client who did not come ' +
    'gets nothing back; when the practitioner did not come, the client gets all of it.',
  payload,
  outcome,
  rejections: endingRejections,
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
