import { hasRole } from '../contract/roles.ts';
import { type Rejected, rejected } from '../domain/decision.ts';
import type { Booking } from '../domain/state.ts';
import type { Caller } from './define.ts';

/** Why the caller cannot say at `at` (epoch ms) how the session went; null when they can: it is open, and has begun. */
export function isOpenFor(booking: Booking | null, caller: Caller, at: number): Rejected | null {
  // A client knows the booking, but what became of it is for its practitioner to say, or for operators.
  const isTheirs = booking?.practitionerId === caller.id || (booking !== null && hasRole(caller.roles, 'ops'));
  if (!isTheirs) return rejected('booking_not_found', 'There is no such booking, or it is not yours to close.');
  if (booking.status === 'cancelled') return rejected('already_cancelled', 'The booking is already cancelled.');
  if (booking.status !== 'booked') return rejected('not_cancellable', 'The session is closed already.');
  if (at < booking.startsAt) return rejected('not_started', 'The session has not begun.');
  return null;
}
