import { z } from 'zod';
import { amountMax, text, textLengthMax } from '../../contract/wire.ts';
import { creditsOf } from '../../domain/accounts.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import type { Interval } from '../../domain/interval.ts';
import { balanceAfter, balanceOf, lotsFor, spendableOf } from '../../domain/ledger.ts';
import type { LotShare } from '../../domain/lots.ts';
import { payAtBooking } from '../../domain/settlement.ts';
import { slotHoldsUsed } from '../../domain/slot-hold.ts';
import type { Booking, Person, Practice, Price, Settings, State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { insufficientCredits } from '../insufficient-credits.ts';
import {
  fitParties,
  footprintOfTime,
  partyRejections,
  slotRejections,
  spanOf,
  takeSlot,
  wantedTime,
} from '../taking-a-slot.ts';

const payload = z.strictObject({
  ...wantedTime,
  notes: text(textLengthMax).optional(),
});

const outcome = z.object({
  bookingId: z.uuid().meta({ description: "The operation's id." }),
  peer: z.boolean().meta({ description: 'Whether the cost moved to the practitioner; otherwise to the house.' }),
  creditCost: z.int().min(0).max(amountMax),
  balanceBefore: z.int().meta({ description: "The client's ledger balance." }),
  balanceAfter: z.int(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
});

export type BookingCreate = Command<z.infer<typeof payload>>;

export function footprint({ caller, payload: wanted }: BookingCreate): Footprint {
  const { people, calendars } = footprintOfTime(caller.id, wanted);
  return { people, calendars, accounts: people.map(creditsOf) };
}

export function decide(state: State, command: BookingCreate): Decision {
  const { caller, at, payload: wanted } = command;
  const span = spanOf(wanted);

  const parties = fitParties(state, caller.id, wanted.practitionerId);
  if (parties.status === 'rejected') return parties;
  const { client, practice } = parties;

  const slot = takeSlot(state, { clientId: client.id, practice, span, ...wanted }, at);
  if (slot.status === 'rejected') return slot;
  const { price } = slot;

  const available = spendableOf(state, creditsOf(client.id));
  if (available < price.credits) return insufficientCredits(available, price.credits);

  // Past this line the booking must succeed.
  const lots = lotsFor(state, creditsOf(client.id), price.credits);
  const booking = bookingOf(command, { client, practice, price, span, lots }, state.settings);
  const payment = payAtBooking(state, booking);
  return applied(
    {
      bookingId: booking.id,
      peer: booking.peer,
      creditCost: booking.creditCost,
      balanceBefore: balanceOf(state, creditsOf(client.id)),
      balanceAfter: balanceAfter(state, creditsOf(client.id), payment),
      startsAt: new Date(booking.startsAt).toISOString(),
      endsAt: new Date(booking.endsAt).toISOString(),
    },
    [
      { type: 'booking-created', booking },
      ...payment,
      ...slotHoldsUsed(state, { holderId: client.id, practitionerId: booking.practitionerId, span }, at),
    ],
  );
}

/** By the directory, whatever the token says (contract §8). */
function isPractitioner({ practice, roles }: Person): boolean {
  return practice !== null && roles.includes('practitioner');
}

interface Agreed {
  readonly client: Person;
  readonly practice: Practice;
  readonly price: Price;
  readonly span: Interval;
  readonly lots: readonly LotShare[];
}

/** What later changes of the directory must not touch is copied: price, buffer, zone and policy. */
function bookingOf(
  { id: bookingId, payload: wanted }: BookingCreate,
  { client, practice, price, span, lots }: Agreed,
  { peerSettlement }: Settings,
): Booking {
  return {
    id: bookingId,
    clientId: client.id,
    practitionerId: wanted.practitionerId,
    peer: isPractitioner(client),
    status: 'booked',
    startsAt: span.from,
    endsAt: span.to,
    bufferedUntil: span.to + practice.bufferMinutes * 60_000,
    timeZone: practice.timeZone,
    sessionType: price.sessionType,
    creditCost: price.credits,
    refundedCredits: 0,
    cancellationPolicy: practice.cancellationPolicy,
    notes: wanted.notes ?? null,
    cancellation: null,
    settlement: isPractitioner(client) ? peerSettlement : 'at_booking',
    noShow: null,
    revision: 0,
    firstStartsAt: span.from,
    movedAt: null,
    lots,
  };
}

export const bookingCreate = defineOperation({
  kind: 'booking.create',
  queue: 'booking',
  path: '/v1/bookings',
  summary: 'Book a session',
  description:
    "Books a session with a practitioner and pays for it, in one step. The price is the practitioner's for that " +
    'session type and duration. A booking made by a practitioner is a peer booking: its cost moves to the treating ' +
    'practitioner; otherwise it moves to the house. Uses up the slot hold that you have on the time, if any.',
  payload,
  outcome,
  rejections: [...partyRejections, ...slotRejections, 'insufficient_credits'],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
