import { hasRole } from '../contract/roles.ts';
import { type Decision, rejected } from '../domain/decision.ts';
import type { Uuid } from '../domain/ids.ts';
import { type Booking, lookup, type State } from '../domain/state.ts';
import type { Command } from './define.ts';

/** What may be in the way of saying how a session went, in the order of the checks. */
export const endingRejections = ['booking_not_found', 'already_cancelled', 'not_cancellable', 'not_started'] as const;

/** Decides by `end` how a session went, when the caller may say so: it is theirs to close, open, and has begun. */
export function endSession(
  state: State,
  { caller, at, payload: { bookingId } }: Command<{ readonly bookingId: Uuid }>,
  end: (booking: Booking) => Decision,
): Decision {
  const booking = lookup(state.bookings, bookingId);
  // A client knows the booking, but what became of it is for its practitioner to say, or for operators.
  if (booking === null || (booking.practitionerId !== caller.id && !hasRole(caller.roles, 'ops'))) {
    return rejected('booking_not_found', 'There is no such booking, or it is not yours to close.');
  }
  if (booking.status === 'cancelled') return rejected('already_cancelled', 'The booking is already cancelled.');
  if (booking.status !== 'booked') return rejected('not_cancellable', 'The session is closed already.');
  if (at < booking.startsAt) return rejected('not_started', 'The session has not begun.');
  return end(booking);
}
