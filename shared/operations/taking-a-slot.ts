import type { RejectionCode } from '../contract/rejections.ts';
import { earliestStart, isAvailable, latestStart, priceOf } from '../domain/availability.ts';
import { isBusy, isDayFull, isSlotTaken } from '../domain/conflicts.ts';
import { type Rejected, rejected } from '../domain/decision.ts';
import type { Uuid } from '../domain/ids.ts';
import type { Interval } from '../domain/interval.ts';
import { type Booking, calendarOf, type Practice, type Price, type State } from '../domain/state.ts';

/*
 * The checks of contract §4 from `starts_in_past` on, for everybody who wants a practitioner's time: whether it is
 * booked or a session is moved there, the same questions are asked in the same order.
 */

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
  const sessionsOf = (personId: Uuid) => calendarOf(state, personId).filter(({ id }: Booking) => id !== wanted.moved);
  const sessions = sessionsOf(practitionerId);
  if (isSlotTaken(sessions, practitionerId, practice.bufferMinutes, span)) {
    return rejected('slot_taken', 'The practitioner already has a session then, or one too close to it.');
  }
  if (isDayFull(sessions, practitionerId, practice, span.from)) {
    return rejected('slot_taken', 'The practitioner has as many sessions on that day as they take.');
  }
  if (isBusy(sessionsOf(clientId), span)) return rejected('client_busy', 'The client already has a session then.');
  return { status: 'free', practice, price };
}
