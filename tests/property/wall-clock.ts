/*
 * A wall clock that is read minute by minute, and when it is changed: ICU's, so that it shares no code with ours.
 */

export interface WallTime {
  /** "2026-10-25" */
  readonly date: string;
  /** As a practice counts: 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  /** Minutes since midnight. */
  readonly time: number;
}

export type WallClock = (instant: number) => WallTime;

/** A change of a zone's clocks: the first minute that shows another offset (minutes) than the minute before. */
export interface ClockChange {
  readonly instant: number;
  readonly before: number;
  readonly after: number;
}

/** The three years that are looked at. */
export const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2029, 0, 1)];

const minute = 60_000;
const day = 24 * 60 * minute;

/** No zone keeps a new time for less than this (Morocco's Ramadan is the shortest): a coarser look finds all. */
const strideMs = 4 * day;

export function clockOf(timeZone: string): WallClock {
  const options = { timeZone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'short' } as const;
  const format = new Intl.DateTimeFormat('sv-SE', options);
  return (instant) => {
    const shown = format.format(instant); // "2026-10-25 09:30"
    const date = shown.slice(0, 10);
    return { date, weekday: weekdayOf(date), time: Number(shown.slice(11, 13)) * 60 + Number(shown.slice(14)) };
  };
}

const weekdays = new Map<string, number>();

function weekdayOf(date: string): number {
  const known = weekdays.get(date);
  if (known !== undefined) return known;
  const weekday = new Date(date).getUTCDay();
  weekdays.set(date, weekday === 0 ? 7 : weekday);
  return weekdayOf(date);
}

/** Every change between `from` and `to`. */
export function changesOf(clock: WallClock): ClockChange[] {
  const offset = (instant: number) => {
    const { date, time } = clock(instant);
    return (Date.parse(date) - instant) / minute + time;
  };
  const changes: ClockChange[] = [];
  let known = offset(from);
  for (let after = from + strideMs; after < to; after += strideMs) {
    if (offset(after) === known) continue;
    let [before, found] = [after - strideMs, after];
    while (found - before > minute) {
      const middle = before + Math.floor((found - before) / minute / 2) * minute;
      if (offset(middle) === known) before = middle;
      else found = middle;
    }
    changes.push({ instant: found, before: known, after: offset(found) });
    known = offset(found);
  }
  return changes;
}
