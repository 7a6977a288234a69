import type pg from 'pg';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Interval } from '../../shared/domain/interval.ts';
import type { Practice, WeeklyWindow } from '../../shared/domain/state.ts';

/*
 * Free slots as they are often made: a query for each day, and for each start on the quarter of an hour a look at the
 * wall clock for every minute of the session, and at every session of the day.
 */

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

interface SessionRow {
  readonly starts_at: Date;
  readonly ends_at: Date;
}

/** The free starts on the quarter of an hour within the span; whole weeks of windows, no buffers, no time off. */
export async function slotsByDay(
  client: pg.Client,
  practitionerId: Uuid,
  { timeZone, availability }: Practice,
  { from, to, durationMinutes }: Interval & { readonly durationMinutes: number },
): Promise<number[]> {
  const durationMs = durationMinutes * minuteMs;
  const options = { timeZone, hourCycle: 'h23', weekday: 'short', hour: '2-digit', minute: '2-digit' } as const;
  const clock = new Intl.DateTimeFormat('en-US', options);
  const free: number[] = [];
  for (let day = from; day < to; day += dayMs) {
    const end = Math.min(day + dayMs, to);
    const { rows } = await client.query<SessionRow>(
      `select starts_at, ends_at from bookings
       where (open_practitioner_id = $1 or open_client_id = $1) and starts_at < $3 and ends_at > $2`,
      [practitionerId, new Date(day), new Date(end + durationMs)],
    );
    for (let start = day; start < end; start += 15 * minuteMs) {
      const isTaken = rows.some((row) => start < row.ends_at.getTime() && row.starts_at.getTime() < start + durationMs);
      if (!isTaken && isOpen(clock, availability, start, start + durationMs)) free.push(start);
    }
  }
  return free;
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function isOpen(clock: Intl.DateTimeFormat, availability: readonly WeeklyWindow[], from: number, to: number): boolean {
  for (let minute = from; minute < to; minute += minuteMs) {
    const shown = clock.format(minute); // "Mon 09:30"
    const weekday = weekdays.indexOf(shown.slice(0, 3)) + 1;
    const time = shown.slice(-5);
    const isInside = availability.some((window) => {
      return window.weekday === weekday && window.start <= time && time < window.end;
    });
    if (!isInside) return false;
  }
  return true;
}
