import type { Uuid } from './ids.ts';
import type { Interval } from './interval.ts';
import type { Booking } from './state.ts';

/**
 * Whether the practitioner cannot treat in [from, to), given the sessions of their calendar. Between two sessions
 * that they treat lies the longer of both buffers: the one they ask for now, and the one that was promised with the
 * earlier booking. A session in which they are the client has no buffer.
 */
export function isSlotTaken(
  sessions: readonly Booking[],
  practitionerId: Uuid,
  bufferMinutes: number,
  { from, to }: Interval,
): boolean {
  const buffer = bufferMinutes * 60_000;
  return sessions.some((session) => {
    const treats = session.practitionerId === practitionerId;
    const apart = treats ? Math.max(buffer, session.bufferedUntil - session.endsAt) : 0;
    return isLive(session) && from < session.endsAt + apart && session.startsAt < to + apart;
  });
}

/** Whether somebody is, in either role, in one of these sessions at any instant of [from, to). */
export function isBusy(sessions: readonly Booking[], { from, to }: Interval): boolean {
  return sessions.some((session) => isLive(session) && from < session.endsAt && session.startsAt < to);
}

function isLive({ status }: Booking): boolean {
  return status !== 'cancelled';
}
