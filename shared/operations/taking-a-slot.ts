import { z } from 'zod';
import type { RejectionCode } from '../contract/rejections.ts';
import { durationMinutesMax, id, text, wholeMinute } from '../contract/wire.ts';
import { earliestStart, isAvailable, latestStart, priceOf } from '../domain/availability.ts';
import { isBusy, isDayFull, isKeptFromOthers, isSlotTaken } from '../domain/conflicts.ts';
import { type Rejected, rejected } from '../domain/decision.ts';
import type { Footprint } from '../domain/footprint.ts';
import type { Uuid } from '../domain/ids.ts';
import type { Interval } from '../domain/interval.ts';
import { slotHoldsWith } from '../domain/slot-hold.ts';
import {
  type Booking,
  calendarOf,
  lookup,
  type Person,
  type Practice,
  type Price,
  type State,
} from '../domain/state.ts';

/*
 * The checks of contract §4 for everybody who wants a practitioner's time: whether it is booked, held or a session is
 * moved there, the same questions are asked in the same order. A move begins with those from `starts_in_past` on: its
 * parties are known.
 */

/** How a request says which time of which practitioner it is about. */
export const wantedTime = {
  practitionerId: id.meta({ description: "The treating practitioner's user id." }),
  startsAt: wholeMinute.meta({ description: 'On a whole minute, with an offset.' }),
  durationMinutes: z.int().positive().max(durationMinutesMax),
  sessionType: text(100).min(1),
};

interface WantedTime {
  readonly practitionerId: Uuid;
  readonly startsAt: string;
  readonly durationMinutes: number;
}

export function spanOf({ startsAt, durationMinutes }: WantedTime): Interval {
  const from = Date.parse(startsAt);
  return { from, to: from + durationMinutes * 60_000 };
}

/** What these checks have to know: both parties, and what they may have planned then. */
export function footprintOfTime(clientId: Uuid, wanted: WantedTime) {
  const people = [clientId, wanted.practitionerId];
  const span = spanOf(wanted);
  return { people, calendars: people.map((personId) => ({ personId, ...span })) } satisfies Footprint;
}

export interface FitParties {
  readonly status: 'fit';
  readonly client: Person;
  readonly practitioner: Person;
  readonly practice: Practice;
}

/** What may be wrong with the parties, in the order of the checks. */
export const partyRejections = [
  'practitioner_not_found',
  'practitioner_inactive',
  'client_not_found',
  'client_inactive',
  'self_booking',
] as const satisfies readonly RejectionCode[];

/** Both parties as they are in the directory, when they may make sessions with each other; otherwise why not. */
export function fitParties(state: State, clientId: Uuid, practitionerId: Uuid): FitParties | Rejected {
  const practitioner = present(state, practitionerId);
  const practice = practitioner?.practice ?? null;
  if (practitioner === null || practice === null) {
    return rejected('practitioner_not_found', 'There is no such practitioner.');
  }
  if (!practitioner.active) return rejected('practitioner_inactive', 'The practitioner takes no bookings.');

  const client = present(state, clientId);
  if (client === null) return rejected('client_not_found', 'You are not in the directory.');
  if (!client.active) return rejected('client_inactive', 'Your account is not active.');
  if (client.id === practitioner.id) return rejected('self_booking', 'You cannot book a session with yourself.');
  return { status: 'fit', client, practitioner, practice };
}

/** Deleted people are reported as absent. */
function present(state: State, personId: Uuid): Person | null {
  const person = lookup(state.people, personId);
  return person === null || person.deleted ? null : person;
}

export interface WantedSlot {
  readonly clientId: Uuid;
  readonly practitionerId: Uuid;
  /** Null: they offer nothing any more. */
  readonly practice: Practice | null;
  readonly sessionType: string;
  readonly span: Interval;
  /** The session that is moved: it is in nobody's way. */
  readonly moved?: Uuid;
}

export interface FreeSlot {
  readonly status: 'free';
  readonly practice: Practice;
  readonly price: Price;
}

/** What these checks may say, in their order. */
export const slotRejections = [
  'starts_in_past',
  'not_offered',
  'outside_availability',
  'slot_taken',
  'client_busy',
] as const satisfies readonly RejectionCode[];

/** Whether the slot can be had at `at` (epoch ms), and for which price; otherwise why not. */
export function takeSlot(state: State, wanted: WantedSlot, at: number): FreeSlot | Rejected {
  const slot = freeWithPractitioner(state, wanted, at);
  const isClientBusy = slot.status === 'free' && isBusy(sessionsOf(state, wanted.clientId, wanted.moved), wanted.span);
  return isClientBusy ? rejected('client_busy', 'The client already has a session then.') : slot;
}

/** The same as far as the practitioner is concerned: the client's own calendar is not looked at. */
export function freeWithPractitioner(state: State, wanted: WantedSlot, at: number): FreeSlot | Rejected {
  const { clientId, practitionerId, practice, span } = wanted;
  if (span.from < at) return rejected('starts_in_past', 'The session would start in the past.');
  const price = practice === null ? null : priceOf(practice, wanted.sessionType, (span.to - span.from) / 60_000);
  if (practice === null || price === null)
    return rejected('not_offered', 'The practitioner offers no such session of that duration.');
  if (span.from < earliestStart(practice, at) || !isAvailable(practice, span.from, span.to)) {
    return rejected('outside_availability', 'The practitioner is not available then, or not at such short notice.');
  }
  if (span.from > latestStart(practice, at)) {
    return rejected('outside_availability', 'The practitioner takes no bookings that far ahead.');
  }
  const sessions = sessionsOf(state, practitionerId, wanted.moved);
  if (isSlotTaken(sessions, practitionerId, practice.bufferMinutes, span)) {
    return rejected('slot_taken', 'The practitioner already has a session then, or one too close to it.');
  }
  if (isDayFull(sessions, practitionerId, practice, span.from)) {
    return rejected('slot_taken', 'The practitioner has as many sessions on that day as they take.');
  }
  if (isKeptFromOthers(slotHoldsWith(state, practitionerId), clientId, practice.bufferMinutes, span, at)) {
    return rejected('slot_taken', 'Somebody is about to book the practitioner then, or too close to it.');
  }
  return { status: 'free', practice, price };
}

function sessionsOf(state: State, personId: Uuid, moved: Uuid | undefined): Booking[] {
  return calendarOf(state, personId).filter(({ id }) => id !== moved);
}
