import { creditsOf, house } from './accounts.ts';
import type { Effect, Hold, TransferPosted } from './effects.ts';
import { lotsFor, post, repayFrom, takeBack } from './ledger.ts';
import { type LotShare, lastTaken, withoutLast } from './lots.ts';
import type { Booking, State } from './state.ts';

/*
 * How a session is paid, in one place, so that no road through a booking's life can forget a side of it. A peer's
 * session pays its practitioner, any other the house: at booking, or, when the booking says `on_completion`, once the
 * session is over; until then its cost stays with the client, held. Client, practitioner and what is held between them
 * always add up to the same. A session may be free: then nothing moves.
 *
 * A booking keeps which lots have paid for it, and whatever comes back to the client goes back to those.
 */

/** What the client pays when the session is booked. */
export function payAtBooking(state: State, booking: Booking): Effect[] {
  if (booking.creditCost === 0) return [];
  return isHeld(booking)
    ? [{ type: 'hold-placed', hold: holdOf(booking), takes: booking.lots }]
    : post(state, [paymentOf(booking, booking.creditCost, booking.lots)]);
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
  const returns = lastTaken(booking.lots, booking.creditCost, refund);
  const repaid = repayFrom(state, hold.accountId, refund);
  if (earned === 0) return [{ type: 'hold-ended', hold, as: 'released', returns }, ...repaid];
  // What the hold had set aside is out of its lots since then.
  const payment = post(state, [paymentOf(booking, earned, [])]);
  return [{ type: 'hold-ended', hold, as: 'captured', returns }, ...payment, ...repaid];
}

/** Only the difference moves when a session's cost changes: never a refund and a new charge. */
export function changeCost(state: State, booking: Booking, creditCost: number): Effect[] {
  const difference = creditCost - booking.creditCost;
  if (difference === 0) return [];
  if (isHeld(booking)) return changeHold(state, booking, creditCost);
  if (difference < 0) return giveBack(state, booking, -difference);
  return post(state, [paymentOf(booking, difference, lotsFor(state, creditsOf(booking.clientId), difference))]);
}

/** Which lots have paid for a session once its cost has changed. */
export function lotsAtCost(
  state: State,
  { clientId, lots, creditCost: before }: Booking,
  creditCost: number,
): LotShare[] {
  return creditCost < before
    ? withoutLast(lots, lastTaken(lots, before, before - creditCost))
    : [...lots, ...lotsFor(state, creditsOf(clientId), creditCost - before)];
}

/** A hold is of something: one that begins or ends at nothing is placed or released. */
function changeHold(state: State, booking: Booking, creditCost: number): Effect[] {
  const hold = holdOf(booking);
  const returns = lastTaken(booking.lots, booking.creditCost, booking.creditCost - creditCost);
  const repaid = repayFrom(state, hold.accountId, Math.max(0, booking.creditCost - creditCost));
  if (creditCost === 0) return [{ type: 'hold-ended', hold, as: 'released', returns }, ...repaid];
  const takes = lotsFor(state, hold.accountId, Math.max(0, creditCost - booking.creditCost));
  return booking.creditCost === 0
    ? [{ type: 'hold-placed', hold: { ...hold, amount: creditCost }, takes }]
    : [{ type: 'hold-resized', hold, amount: creditCost, takes, returns }, ...repaid];
}

function isHeld({ settlement }: Booking): boolean {
  return settlement === 'on_completion';
}

/** A booking has one hold, under the booking's id. */
function holdOf({ id, clientId, creditCost }: Booking): Hold {
  return { id, accountId: creditsOf(clientId), amount: creditCost, reference: { type: 'booking', id } };
}

function paymentOf(booking: Booking, amount: number, takes: readonly LotShare[]) {
  return {
    debit: creditsOf(booking.clientId),
    credit: booking.peer ? creditsOf(booking.practitionerId) : house.revenue,
    amount,
    debitType: 'session_payment',
    creditType: 'session_earning',
    takes,
    ...purposeOf(booking),
  } as const;
}

function giveBack(state: State, booking: Booking, amount: number): TransferPosted[] {
  if (amount === 0) return [];
  const move = {
    credit: creditsOf(booking.clientId),
    amount,
    debitType: 'session_refund_reversal',
    creditType: 'session_refund',
    returns: lastTaken(booking.lots, booking.creditCost, amount),
    ...purposeOf(booking),
  } as const;
  const earner = creditsOf(booking.practitionerId);
  return post(state, booking.peer ? takeBack(state, earner, move) : [{ debit: house.revenue, ...move }]);
}

/** What every transfer of a booking says about itself. */
function purposeOf({ id, peer, sessionType }: Booking) {
  return {
    source: peer ? 'peer_booking' : 'booking',
    reference: { type: 'booking', id },
    description: sessionType,
  } as const;
}
