import { expect, it } from 'vitest';
import { isAvailable, openIntervals } from '../../shared/domain/availability.ts';
import type { Interval } from '../../shared/domain/interval.ts';
import type { Practice, WeeklyWindow } from '../../shared/domain/state.ts';
import { isTimeZone } from '../../shared/domain/time-zone.ts';
import { aPractice } from '../support/builders.ts';
import { changesOf, clockOf, type WallClock } from './wall-clock.ts';

/*
 * Availability against a wall clock that is read minute by minute, around every clock change of three years in every
 * zone there is. The clock is ICU's, which shares no code with ours.
 */

const minute = 60_000;

/** Around a change: two hours is the largest move of a clock (Troll), and windows should be seen on both sides. */
const marginMinutes = 180;

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
      compare(practice, clock, change.instant);
    }
  }
  expect(changes).toBeGreaterThan(500);
});

/** Every session of up to two hours around the change, and all that is open there. */
function compare(practice: Practice, clock: WallClock, change: number): void {
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
