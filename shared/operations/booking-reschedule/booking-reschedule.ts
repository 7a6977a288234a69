import { z } from 'zod';
import { id, wholeMinute } from '../../contract/wire.ts';
import { creditsOf } from '../../domain/accounts.ts';
import { cancellingAs } from '../../domain/cancellation.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { spendableOf } from '../../domain/ledger.ts';
import { changeCost, lotsAtCost } from '../../domain/settlement.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { insufficientCredits } from '../insufficient-credits.ts';
import { slotRejections, takeSlot } from '../taking-a-slot.ts';

const payload = z.strictObject({
  bookingId: id,
  startsAt: wholeMinute.meta({ description: 'On a whole minute, with an offset.' }),
});

const outcome = z.object({ bookingId: z.uuid(), startsAt: z.iso.datetime(), endsAt: z.iso.datetime() });

export type BookingReschedule = Command<z.infer<typeof payload>>;

/** A session lasts at most a day; how long this one does is known from its booking only. */
const longestMs = 24 * 3_600_000;

export function footprint({ payload: { bookingId, startsAt } }: BookingReschedule): Footprint {
  const from = Date.parse(startsAt);
  return { bookings: [bookingId], moves: [{ bookingId, from, to: from + longestMs }] };
}

export function decide(state: State, { caller, at, payload: wanted }: BookingReschedule): Decision {
  const booking = lookup(state.bookings, wanted.bookingId);
  const by = booking === null ? null : cancellingAs(booking, caller);

  // Somebody else's booking is reported as absent, so that ids cannot be probed.
  if (booking === null || by === null) return rejected('booking_not_found', 'There is no such booking.');
  if (booking.status === 'cancelled') return rejected('already_cancelled', 'The booking is already cancelled.');
  if (booking.status !== 'booked') return rejected('not_cancellable', 'The session is over.');
  if (at > booking.startsAt && by !== 'ops') return rejected('not_cancellable', 'The session has begun.');

  const { clientId, practitionerId, sessionType } = booking;
  const from = Date.parse(wanted.startsAt);
  const span = { from, to: from + booking.endsAt - booking.startsAt };
  const practice = lookup(state.people, practitionerId)?.practice ?? null;
  const slot = takeSlot(state, { clientId, practitionerId, practice, sessionType, span, moved: booking.id }, at);
  if (slot.status === 'rejected') return slot;
  const { price } = slot;

  // Who moves a session of somebody else's cannot make it dearer for them.
  const creditCost = by === 'client' ? price.credits : Math.min(price.credits, booking.creditCost);
  const required = creditCost - booking.creditCost;
  const available = spendableOf(state, creditsOf(clientId));
  if (available < required) return insufficientCredits(available, required);

  // Past this line the session must move.
  const { from: startsAt, to: endsAt } = span;
  const lots = lotsAtCost(state, booking, creditCost);
  const bufferedUntil = endsAt + slot.practice.bufferMinutes * 60_000;
  return applied(
    {
      bookingId: booking.id,
      startsAt: new Date(startsAt).toISOString(),
      endsAt: new Date(endsAt).toISOString(),
    },
    [
      ...changeCost(state, booking, creditCost),
      { type: 'booking-rescheduled', bookingId: booking.id, startsAt, endsAt, bufferedUntil, creditCost, lots, at },
    ],
  );
}

export const bookingReschedule = defineOperation({
  kind: 'booking.reschedule',
  queue: 'booking',
  path: '/v1/bookings/:bookingId/reschedule',
  summary: 'Move a booking to another time',
  description:
    'Either party or `ops` moves a session that has not begun. It keeps its id. Its price becomes what the practitioner ' +
    'asks today, and only the difference moves; moved by somebody else than the client it never becomes dearer. The ' +
    'limit for a free cancellation stays with the earliest start that the session ever had.',
  payload,
  outcome,
  rejections: ['booking_not_found', 'already_cancelled', 'not_cancellable', ...slotRejections, 'insufficient_credits'],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
