import type { Uuid } from './ids.ts';
import type { Interval } from './interval.ts';
import { isKeeping } from './slot-hold.ts';
import type { Booking, BookingStatus, Practice, SlotHold } from './state.ts';
import { localDayOf } from './time-zone.ts';

/** What of a session, or of a slot that somebody else holds, is in somebody's way. */
export interface Taken extends Pick<Booking, 'practitionerId' | 'startsAt' | 'endsAt' | 'bufferedUntil'> {
  readonly status: BookingStatus | 'held';
}

/**
 * Whether the practitioner cannot treat in [from, to), given the sessions of their calendar. Between two sessions
 * that they treat lies the longer of both buffers: the one they ask for now, and the one that was promised with the
 * earlier booking. A session in which they are the client has no buffer.
 */
export function isSlotTaken(
  sessions: readonly Taken[],
  practitionerId: Uuid,
  bufferMinutes: number,
  { from, to }: Interval,
): boolean {
  return sessions.some((session) => {
    const apart = apartMs(session, practitionerId, bufferMinutes);
    return isLive(session) && from < session.endsAt + apart && session.startsAt < to + apart;
  });
}

/** The sessions that are wanted: by whom, and how long each takes. */
export interface WantedSessions {
  readonly practitionerId: Uuid;
  readonly bufferMinutes: number;
  readonly durationMs: number;
}

/** Those of the starts, which ascend, at which the slot is not taken: `isSlotTaken` for all of them in one pass. */
export function freeStarts(
  sessions: readonly Taken[],
  { practitionerId, bufferMinutes, durationMs }: WantedSessions,
  starts: readonly number[],
): number[] {
  // Each session forbids the starts after `from` and before `to`.
  const forbidden = sessions.filter(isLive).map((session) => {
    const apart = apartMs(session, practitionerId, bufferMinutes);
    return { from: session.startsAt - apart - durationMs, to: session.endsAt + apart };
  });
  forbidden.sort((a, b) => a.from - b.from);

  let next = 0;
  let forbiddenTo = Number.NEGATIVE_INFINITY;
  return starts.filter((start) => {
    for (let one = forbidden[next]; one !== undefined && one.from < start; one = forbidden[next]) {
      forbiddenTo = Math.max(forbiddenTo, one.to);
      next += 1;
    }
    return start >= forbiddenTo;
  });
}

/**
 * Whether the practitioner treats as many sessions as they want on the day of their zone on which one would start,
 * given all sessions of that day.
 */
export function isDayFull(
  sessions: readonly Taken[],
  practitionerId: Uuid,
  practice: Practice,
  start: number,
): boolean {
  if (practice.sessionsPerDayMax === null) return false;
  return fullDays(sessions, practitionerId, practice).has(localDayOf(practice.timeZone, start));
}

/** The days (as `localDayOf` counts them) on which the practitioner treats as many sessions as they want. */
export function fullDays(
  sessions: readonly Taken[],
  practitionerId: Uuid,
  { timeZone, sessionsPerDayMax }: Practice,
): ReadonlySet<number> {
  const full = new Set<number>();
  if (sessionsPerDayMax === null) return full;
  const counts = new Map<number, number>();
  for (const session of sessions) {
    if (session.practitionerId !== practitionerId || !isLive(session) || session.status === 'held') continue;
    const day = localDayOf(timeZone, session.startsAt);
    const count = (counts.get(day) ?? 0) + 1;
    counts.set(day, count);
    if (count >= sessionsPerDayMax) full.add(day);
  }
  return full;
}

/** Whether, at `at` (epoch ms), somebody else than `forId` has one of these slot holds on the time, or too close to it. */
export function isKeptFromOthers(
  holds: readonly SlotHold[],
  forId: Uuid,
  bufferMinutes: number,
  { from, to }: Interval,
  at: number,
): boolean {
  const buffer = bufferMinutes * 60_000;
  return holds.some((hold) => {
    const apart = Math.max(buffer, hold.bufferedUntil - hold.endsAt);
    const isTooClose = from < hold.endsAt + apart && hold.startsAt < to + apart;
    return isTooClose && hold.holderId !== forId && isKeeping(hold, at);
  });
}

/** Whether somebody is, in either role, in one of these sessions at any instant of [from, to). */
export function isBusy(sessions: readonly Booking[], { from, to }: Interval): boolean {
  return sessions.some((session) => isLive(session) && from < session.endsAt && session.startsAt < to);
}

/** How much time must lie between a session of this practitioner's and a new one that they treat. */
function apartMs(session: Taken, practitionerId: Uuid, bufferMinutes: number): number {
  if (session.practitionerId !== practitionerId) return 0;
  return Math.max(bufferMinutes * 60_000, session.bufferedUntil - session.endsAt);
}

function isLive({ status }: Taken): boolean {
  return status !== 'cancelled';
}
