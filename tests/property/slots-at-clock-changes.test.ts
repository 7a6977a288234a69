import { expect, it } from 'vitest';
import { slotsOf } from '../../shared/domain/slots.ts';
import type { DateWindow, Practice, WeeklyWindow } from '../../shared/domain/state.ts';
import { isTimeZone, wallTimeOf } from '../../shared/domain/time-zone.ts';
import { aPractice, theo } from '../support/builders.ts';
import { type ClockChange, changesOf, clockOf, from, type WallTime } from './wall-clock.ts';

/*
 * What is offered on the days around every clock change of three years, in every zone there is (002-07), against a
 * wall clock that is read minute by minute: a start is offered iff the clock then shows a quarter of an hour since a
 * window's start, and shows a time inside a window during all of the session.
 */

const minute = 60_000;
const durationMinutes = 60;

/** A day and a half on either side: the whole day of the change and those next to it, wherever it begins. */
const marginMinutes = 36 * 60;

it('offers what the wall clock says around every clock change of every zone', () => {
  const zones = Intl.supportedValuesOf('timeZone').filter(isTimeZone);
  expect(zones.length).toBeGreaterThan(400);

  let [changes, skipped, repeated] = [0, 0, 0];
  for (const timeZone of zones) {
    for (const change of changesOf(clockOf(timeZone))) {
      changes += 1;
      for (const { name, hours, offered } of expectationsOf(timeZone, change)) {
        const slots = offeredBy(aPractice({ timeZone, ...hours }), change);
        if (!areEqual(slots, offered)) expect(slots.map(iso), `${timeZone}: ${name}`).toEqual(offered.map(iso));
        if (name === 'across the change') tellApart(timeZone, change, slots);
        if (name === 'inside the change') {
          if (offered.length === 0) skipped += 1;
          else repeated += 1;
        }
      }
    }
  }
  expect(changes).toBeGreaterThan(500);
  expect(skipped).toBeGreaterThan(200);
  expect(repeated).toBeGreaterThan(200);
});

/** What is offered under one wall time is told apart by the offset that is in force. */
function tellApart(timeZone: string, { instant, before, after }: ClockChange, slots: readonly number[]): void {
  for (const slot of slots) {
    const shown = wallTimeOf(timeZone, slot);
    const [, sign, hour = '', minute = ''] = /([+-])(\d\d):(\d\d)$/.exec(shown) ?? [];
    const offset = (Number(hour) * 60 + Number(minute)) * (sign === '-' ? -1 : 1);
    const expected = slot < instant ? before : after;
    if (offset !== expected || Date.parse(shown) !== slot)
      expect.fail(`${timeZone}: ${iso(slot)} is shown as ${shown}`);
  }
}

function offeredBy(practice: Practice, { instant }: ClockChange): number[] {
  const span = { from: instant - marginMinutes * minute, to: instant + marginMinutes * minute };
  return slotsOf(practice, {
    practitionerId: theo,
    sessionType: 'massage',
    durationMinutes,
    ...span,
    at: from,
    busy: [],
  });
}

interface Expectation {
  readonly name: string;
  readonly hours: Pick<Practice, 'availability' | 'extraWindows'>;
  readonly offered: readonly number[];
}

const known = new Map<string, readonly Expectation[]>();

/** Zones share their rules: the clock is read once for each way in which some zone's clocks are changed at an instant. */
function expectationsOf(timeZone: string, change: ClockChange): readonly Expectation[] {
  const key = `${change.instant} ${change.before} ${change.after}`;
  const found = known.get(key) ?? readOffClock(timeZone, change);
  known.set(key, found);
  return found;
}

function readOffClock(timeZone: string, change: ClockChange): Expectation[] {
  const clock = clockOf(timeZone);
  const start = change.instant - marginMinutes * minute;
  // An hour more than is asked for: that is how far the last sessions reach.
  const shown = Array.from({ length: 2 * marginMinutes + durationMinutes }, (_, n) => clock(start + n * minute));
  const windows = { 'around the clock': aroundTheClock, ...windowsAt(change, shown) };
  return Object.entries(windows).map(([name, hours]) => ({
    name,
    hours,
    offered: startsIn(hours, shown).map((step) => start + step * minute),
  }));
}

const aroundTheClock = {
  availability: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' })),
  extraWindows: [],
};

/** Windows of the date of the change: one across it, and one inside the time that is skipped or shown twice. */
function windowsAt({ before, after }: ClockChange, shown: readonly WallTime[]) {
  const last = shown[marginMinutes - 1];
  const first = shown[marginMinutes];
  if (last === undefined || first === undefined) throw new Error('the clock was not read at its change');
  // Where midnight lies in between, the window is that of the day after, as far as it has any part in it.
  const changed = Math.abs(after - before);
  const begins = Math.max(0, after > before ? first.time - changed : first.time);
  const ends = begins + Math.min(changed, 24 * 60 - begins);
  const across = { start: text(Math.max(0, begins - 100)), end: text(Math.min(24 * 60, ends + 100)) };
  const inside = { start: text(begins), end: text(ends) };
  return {
    'across the change': { availability: [{ weekday: first.weekday, ...across }], extraWindows: [] },
    'across the change, by date': { availability: [], extraWindows: [{ date: first.date, ...across }] },
    'inside the change': { availability: [], extraWindows: [{ date: first.date, ...inside }] },
  };
}

/** The minutes, counted from the first one, at which a session is offered. */
function startsIn({ availability, extraWindows }: Expectation['hours'], shown: readonly WallTime[]): number[] {
  // How many minutes in a row are open from each minute on, found from behind.
  const openFor = new Array<number>(shown.length + 1).fill(0);
  for (let step = shown.length - 1; step >= 0; step -= 1) {
    openFor[step] = isOpen(shown[step]) ? (openFor[step + 1] ?? 0) + 1 : 0;
  }
  return shown.slice(0, -durationMinutes).flatMap(({ time, ...day }, step) => {
    const isOnGrid = windowsOf(day).some(({ start, end }) => {
      return minutes(start) <= time && time < minutes(end) && (time - minutes(start)) % 15 === 0;
    });
    return isOnGrid && (openFor[step] ?? 0) >= durationMinutes ? [step] : [];
  });

  function isOpen(wall: WallTime | undefined): boolean {
    if (wall === undefined) return false;
    return windowsOf(wall).some(({ start, end }) => minutes(start) <= wall.time && wall.time < minutes(end));
  }

  function windowsOf({ weekday, date }: Omit<WallTime, 'time'>): (WeeklyWindow | DateWindow)[] {
    return [
      ...availability.filter((window) => window.weekday === weekday),
      ...extraWindows.filter((window) => window.date === date),
    ];
  }
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, position) => value === b[position]);
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function text(time: number): string {
  return `${String(Math.floor(time / 60)).padStart(2, '0')}:${String(time % 60).padStart(2, '0')}`;
}
