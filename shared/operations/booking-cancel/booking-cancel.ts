import { z } from 'zod';
import { amountMax, id, text, textLengthMax } from '../../contract/wire.ts';
import { cancellingAs, refundQuote } from '../../domain/cancellation.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { settleBooking } from '../../domain/settlement.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';

const payload = z.strictObject({
  bookingId: id,
  reason: text(textLengthMax).optional().meta({ description: 'Kept with the booking; both parties can read it.' }),
});

const outcome = z.object({
  bookingId: z.uuid(),
  refundedCredits: z.int().min(0).max(amountMax).meta({ description: 'What the client got back.' }),
  cancelledBy: z.enum(['client', 'practitioner', 'ops']),
});

export type BookingCancel = Command<z.infer<typeof payload>>;

export function footprint({ payload: { bookingId } }: BookingCancel): Footprint {
  return { bookings: [bookingId] }; // brings both parties' accounts with it
}

export function decide(state: State, { caller, at, payload: { bookingId, reason } }: BookingCancel): Decision {
  const booking = lookup(state.bookings, bookingId);
  const by = booking === null ? null : cancellingAs(booking, caller);

  // Somebody else's booking is reported as absent, so that ids cannot be probed.
  if (booking === null || by === null) return rejected('booking_not_found', 'There is no such booking.');
  if (booking.status === 'cancelled') return rejected('already_cancelled', 'The booking is already cancelled.');
  if (booking.status !== 'booked') return rejected('not_cancellable', 'The session is over.');
  if (at > booking.startsAt && by !== 'ops') return rejected('not_cancellable', 'The session has begun.');

  // Past this line the cancellation must succeed.
  const { refundCredits } = refundQuote(booking, by, at);
  return applied({ bookingId, refundedCredits: refundCredits, cancelledBy: by }, [
    {
      type: 'booking-cancelled',
      bookingId,
      refundedCredits: refundCredits,
      cancellation: { by, reason: reason ?? null, at },
    },
    ...settleBooking(state, booking, refundCredits),
  ]);
}

export const bookingCancel = defineOperation({
  kind: 'booking.cancel',
  queue: 'refund',
  path: '/v1/bookings/:bookingId/cancel',
  summary: 'Cancel a booking',
  description:
    'Either party or `ops` cancels a session that has not begun (`ops` also one that has), and the client is ' +
    'refunded: in full when the practitioner or `ops` cancels, by the policy at the time of booking when the client ' +
    'does. A practitioner who has already spent the credits of a peer session owes them from their next income.',
  payload,
  outcome,
  rejections: ['booking_not_found', 'already_cancelled', 'not_cancellable'],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
