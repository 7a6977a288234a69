import { find, type NaiveModel, type Practice } from './naive-state.ts';

/* Who may see whom, when, and for how much: asked before a slot is held, booked or moved to. */

export function partiesOrNo(model: NaiveModel, callerId: string, practitionerId: string) {
  const practitioner = find(model, practitionerId);
  if (practitioner?.practice == null) return 'practitioner_not_found';
  if (!practitioner.active) return 'practitioner_inactive';
  const client = find(model, callerId);
  if (client === undefined) return 'client_not_found';
  if (!client.active) return 'client_inactive';
  if (callerId === practitionerId) return 'self_booking';
  return { client, practitioner, practice: practitioner.practice };
}

interface Wanted {
  readonly clientId: string;
  readonly practitionerId: string;
  readonly practice: Practice;
  readonly sessionType: string;
  readonly durationMinutes: number;
  readonly start: number;
  readonly end: number;
  readonly at: number;
  /** The session that is moved. */
  readonly moved?: string;
}

/** What such a session costs, or why it cannot be. */
export function priceOrNo(model: NaiveModel, wanted: Wanted): string | number {
  const { clientId, practitionerId, practice, sessionType, durationMinutes, start, end, at, moved } = wanted;
  if (start < at) return 'starts_in_past';

  let cost = -1;
  for (const price of practice.prices) {
    if (price.sessionType === sessionType && price.durationMinutes === durationMinutes) cost = price.credits;
  }
  if (cost < 0) return 'not_offered';

  if (start - at < practice.minimumNoticeMinutes * 60_000) return 'outside_availability';
  for (let minute = start; minute < end; minute += 60_000) {
    if (!worksAt(practice, minute)) return 'outside_availability';
  }

  for (const session of model.sessions) {
    if (session.cancelled || session.id === moved) continue;
    // Negative when they overlap.
    const minutesBetween = Math.max(start - session.end, session.start - end) / 60_000;
    if (session.practitioner === practitionerId) {
      if (minutesBetween < practice.bufferMinutes || minutesBetween < session.buffer) return 'slot_taken';
    }
    if (session.client === practitionerId && minutesBetween < 0) return 'slot_taken';
  }
  let sameDay = 0;
  for (const session of model.sessions) {
    if (session.cancelled || session.id === moved || session.practitioner !== practitionerId) continue;
    if (wallClock(practice.timeZone, session.start).date === wallClock(practice.timeZone, start).date) sameDay += 1;
  }
  if (practice.sessionsPerDayMax !== null && sameDay >= practice.sessionsPerDayMax) return 'slot_taken';
  for (const kept of model.keeps) {
    if (kept.practitioner !== practitionerId || kept.holder === clientId || at >= kept.dies) continue;
    const minutesBetween = Math.max(start - kept.end, kept.start - end) / 60_000;
    if (minutesBetween < practice.bufferMinutes || minutesBetween < kept.buffer) return 'slot_taken';
  }
  for (const session of model.sessions) {
    if (session.cancelled || session.id === moved) continue;
    if (session.client !== clientId && session.practitioner !== clientId) continue;
    if (Math.max(start - session.end, session.start - end) < 0) return 'client_busy';
  }
  return cost;
}

function worksAt(practice: Practice, instant: number): boolean {
  for (const { from, to } of practice.timeOff) {
    if (new Date(from).getTime() <= instant && instant < new Date(to).getTime()) return false;
  }
  const { date, weekday, time } = wallClock(practice.timeZone, instant);
  const isInside = (window: { start: string; end: string }) => window.start <= time && time < window.end;
  return (
    practice.availability.some((window) => window.weekday === weekday && isInside(window)) ||
    practice.extraWindows.some((window) => window.date === date && isInside(window))
  );
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(timeZone: string, instant: number): { date: string; weekday: number; time: string } {
  const options = { timeZone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'short' } as const;
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', options);
  clocks.set(timeZone, clock);
  const [date = '', time = ''] = clock.format(instant).split(' '); // "2026-10-25 09:30"
  return { date, weekday: new Date(date).getUTCDay() || 7, time };
}
