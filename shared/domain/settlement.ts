import { creditsOf, house } from './accounts.ts';
import type { Effect, Hold, TransferPosted } from './effects.ts';
import { post, takeBack } from './ledger.ts';
import type { Booking, State } from './state.ts';

/*
 * How a session is paid, in one place, so that no road through a booking's life can forget a side of it. A peer's
 * session pays its practitioner, any other the house: at booking, or, when the booking says `on_completion`, once the
 * session is over; until then its cost stays with the client, held. Client, practitioner and what is held between them
 * always add up to the same. A session may be free: then nothing moves.
 */

/** What the client pays when the session is booked. */
export function payAtBooking(state: State, booking: Booking): Effect[] {
  if (booking.creditCost === 0) return [];
  return isHeld(booking)
    ? [{ type: 'hold-placed', hold: holdOf(booking) }]
    : post(state, [paymentOf(booking, booking.creditCost)]);
}

/**
 * Settles a session that will not be held or changed any more: `refund` of its cost goes back to the client, the rest is
 * its practitioner's, or the house's. The client of a peer session is made whole at once, also when the practitioner has
 * already spent what they earned: what is missing becomes the practitioner's debt.
 */
export function settleBooking(state: State, booking: Booking, refund: number): Effect[] {
  if (!isHeld(booking)) return giveBack(state, booking, refund);
  if (booking.creditCost === 0) return [];
  const hold = holdOf(booking);
  const earned = booking.creditCost - refund;
  if (earned === 0) return [{ type: 'hold-ended', hold, as: 'released' }];
  return [{ type: 'hold-ended', hold, as: 'captured' }, ...post(state, [paymentOf(booking, earned)])];
}

/** Only the difference moves when a session's cost changes: never a refund and a new charge. */
export function changeCost(state: State, booking: Booking, creditCost: number): Effect[] {
  const difference = creditCost - booking.creditCost;
  if (difference === 0) return [];
  if (isHeld(booking)) return changeHold(booking, creditCost);
  return difference > 0 ? post(state, [paymentOf(booking, difference)]) : giveBack(state, booking, -difference);
}

/** A hold is of something: one that begins or ends at nothing is placed or released. */
function changeHold(booking: Booking, creditCost: number): Effect[] {
  const hold = holdOf(booking);
  if (creditCost === 0) return [{ type: 'hold-ended', hold, as: 'released' }];
  return booking.creditCost === 0
    ? [{ type: 'hold-placed', hold: { ...hold, amount: creditCost } }]
    : [{ type: 'hold-resized', hold, amount: creditCost }];
}

function isHeld({ settlement }: Booking): boolean {
  return settlement === 'on_completion';
}

/** A booking has one hold, under the booking's id. */
function holdOf({ id, clientId, creditCost }: Booking): Hold {
  return { id, accountId: creditsOf(clientId), amount: creditCost, reference: { type: 'booking', id } };
}

function paymentOf(booking: Booking, amount: number) {
  return {
    ...purposeOf(booking),
    debit: creditsOf(booking.clientId),
    credit: booking.peer ? creditsOf(booking.practitionerId) : house.revenue,
    amount,
    debitType: 'session_payment',
    creditType: 'session_earning',
  } as const;
}

function giveBack(state: State, booking: Booking, amount: number): TransferPosted[] {
  if (amount === 0) return [];
  const move = {
    ...purposeOf(booking),
    credit: creditsOf(booking.clientId),
    amount,
    debitType: 'session_refund_reversal',
    creditType: 'session_refund',
  } as const;
  const earner = creditsOf(booking.practitionerId);
  return post(state, booking.peer ? takeBack(state, earner, move) : [{ ...move, debit: house.revenue }]);
}

/** What every transfer of a booking says about itself. */
function purposeOf({ id, peer, sessionType }: Booking) {
  return {
    source: peer ? 'peer_booking' : 'booking',
    reference: { type: 'booking', id },
    description: sessionType,
  } as const;
}
