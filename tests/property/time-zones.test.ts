import { expect, it } from 'vitest';
import { isAvailable, openIntervals } from '../../shared/domain/availability.ts';
import type { Interval } from '../../shared/domain/interval.ts';
import type { Practice, WeeklyWindow } from '../../shared/domain/state.ts';
import { isTimeZone } from '../../shared/domain/time-zone.ts';
import { aPractice } from '../support/builders.ts';

/*
 * Availability against a wall clock that is read minute by minute, around every clock change of three years in every
 * zone there is. The clock is ICU's, asked for weekday, hour and minute only: it shares no code with ours.
 */

const minute = 60_000;
const day = 24 * 60 * minute;
const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2029, 0, 1)];

/** No zone keeps a new time for less than this (Morocco's Ramadan is the shortest): a coarser look finds all. */
const strideMs = 4 * day;

/** Around a change: two hours is the largest move of a clock (Troll), and windows should be seen on both sides. */
const marginMinutes = 180;

const names = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

interface WallTime {
  /** As the practice counts: 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  /** Minutes since midnight. */
  readonly time: number;
}

/** Windows with gaps and joints near every hour at which clocks are changed somewhere. */
const hours = ['00:00-00:30', '00:45-02:15', '02:30-03:00', '03:00-03:45', '04:00-21:59', '22:00-23:30', '23:40-24:00'];
const availability: WeeklyWindow[] = [1, 2, 3, 4, 5, 6, 7].flatMap((weekday) =>
  hours.map((window) => ({ weekday, start: window.slice(0, 5), end: window.slice(6) })),
);

const openWeek = openMinutes();

it('follows the wall clock around every clock change of every zone', () => {
  const zones = Intl.supportedValuesOf('timeZone').filter(isTimeZone);
  expect(zones.length).toBeGreaterThan(400);

  let changes = 0;
  for (const timeZone of zones) {
    const clock = clockOf(timeZone);
    const practice = aPractice({ timeZone, availability });
    for (const change of changesOf(clock)) {
      changes += 1;
      compare(practice, clock, change);
    }
  }
  expect(changes).toBeGreaterThan(500);
});

/** Every session of up to two hours around the change, and all that is open there. */
function compare(practice: Practice, clock: (instant: number) => WallTime, change: number): void {
  const start = change - marginMinutes * minute;
  const open = Array.from({ length: 2 * marginMinutes }, (_, step) => {
    const { weekday, time } = clock(start + step * minute);
    return openWeek.has(weekday * 24 * 60 + time);
  });
  const end = start + open.length * minute;

  expect(openIntervals(practice, start, end), `${practice.timeZone} ${change}`).toEqual(runsOf(open, start));
  for (let step = 0; step < open.length; step += 5) {
    for (const length of [15, 30, 90]) {
      if (step + length > open.length) continue;
      const fits = open.slice(step, step + length).every((isOpen) => isOpen);
      const session = start + step * minute;
      if (isAvailable(practice, session, session + length * minute) !== fits) {
        expect.fail(`${practice.timeZone}: ${length} minutes at ${new Date(session).toISOString()} should be ${fits}`);
      }
    }
  }
}

/** Every open minute of a week, by weekday and time. */
function openMinutes(): ReadonlySet<number> {
  const minutesOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const open = new Set<number>();
  for (const { weekday, start, end } of availability) {
    for (let time = minutesOf(start); time < minutesOf(end); time += 1) open.add(weekday * 24 * 60 + time);
  }
  return open;
}

/** The stretches of open minutes. */
function runsOf(open: readonly boolean[], start: number): Interval[] {
  const runs: Interval[] = [];
  let since: number | null = null;
  for (const [step, isOpen] of [...open, false].entries()) {
    const instant = start + step * minute;
    if (isOpen && since === null) since = instant;
    if (!isOpen && since !== null) {
      runs.push({ from: since, to: instant });
      since = null;
    }
  }
  return runs;
}

function clockOf(timeZone: string): (instant: number) => WallTime {
  const options = { timeZone, hourCycle: 'h23', weekday: 'short', hour: '2-digit', minute: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en-US', options);
  return (instant) => {
    const shown = format.format(instant); // "Mon 09:30"
    const weekday = names.indexOf(shown.slice(0, 3));
    return { weekday: weekday === 0 ? 7 : weekday, time: Number(shown.slice(-5, -3)) * 60 + Number(shown.slice(-2)) };
  };
}

/** The first minutes that show another offset from UTC than the minute before. */
function changesOf(clock: (instant: number) => WallTime): number[] {
  const offset = (instant: number) => {
    const { weekday, time } = clock(instant);
    const utcMinutes = (new Date(instant).getUTCDay() * 24 * 60 + (instant % day) / minute) % (7 * 24 * 60);
    return ((weekday % 7) * 24 * 60 + time - utcMinutes + 10 * 7 * 24 * 60) % (7 * 24 * 60);
  };
  const changes: number[] = [];
  let known = offset(from);
  for (let after = from + strideMs; after < to; after += strideMs) {
    if (offset(after) === known) continue;
    let [before, found] = [after - strideMs, after];
    while (found - before > minute) {
      const middle = before + Math.floor((found - before) / minute / 2) * minute;
      if (offset(middle) === known) before = middle;
      else found = middle;
    }
    changes.push(found);
    known = offset(found);
  }
  return changes;
}
