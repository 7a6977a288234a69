import { expect, it } from 'vitest';
import { aBooking, aPractice, clara, hourMs, now, theo } from '../../tests/support/builders.ts';
import type { Taken } from './conflicts.ts';
import { type SlotsWanted, slotsOf } from './slots.ts';
import type { Practice } from './state.ts';

const at = (time: string, day = '2026-06-01') => Date.parse(`${day}T${time}:00Z`);

const nineToNoon = { availability: [{ weekday: 1, start: '09:00', end: '12:00' }] };

/** The starts of one-hour sessions on Monday 2026-06-01, as UTC wall times; asked two hours before ten. */
function starts(practice: Partial<Practice>, wanted: Partial<SlotsWanted> = {}): string[] {
  const all = {
    practitionerId: theo,
    sessionType: 'massage',
    durationMinutes: 60,
    at: now,
    busy: [],
    clientId: clara,
    held: [],
  };
  const found = slotsOf(aPractice(practice), { ...all, from: at('00:00'), to: at('00:00', '2026-06-02'), ...wanted });
  return found.map((start) => new Date(start).toISOString().slice(11, 16));
}

const everyQuarter = ['09:00', '09:15', '09:30', '09:45', '10:00', '10:15', '10:30', '10:45', '11:00'];

it('offers every quarter of an hour at which the session still fits', () => {
  expect(starts(nineToNoon)).toEqual(everyQuarter);
});

it('offers nothing for a session that is not on the price list', () => {
  expect(starts(nineToNoon, { durationMinutes: 45 })).toEqual([]);
  expect(starts(nineToNoon, { sessionType: 'reading' })).toEqual([]);
});

it('counts the quarters from the start of each window', () => {
  const availability = [
    { weekday: 1, start: '09:10', end: '10:20' },
    { weekday: 1, start: '11:00', end: '12:05' },
  ];
  expect(starts({ availability })).toEqual(['09:10', '11:00']);
});

it('lets a session run on into an adjoining window, and each window keep its own quarters', () => {
  const availability = [
    { weekday: 1, start: '09:00', end: '10:10' },
    { weekday: 1, start: '10:10', end: '11:20' },
  ];
  expect(starts({ availability })).toEqual(['09:00', '09:15', '09:30', '09:45', '10:00', '10:10']);
});

it('offers a start once where windows overlap', () => {
  const availability = [
    { weekday: 1, start: '09:00', end: '10:15' },
    { weekday: 1, start: '09:15', end: '10:30' },
  ];
  expect(starts({ availability })).toEqual(['09:00', '09:15', '09:30']);
});

it('keeps the quarters of the window after time off in its middle', () => {
  const timeOff = [{ from: '2026-06-01T09:20:00Z', to: '2026-06-01T10:05:00Z' }];
  expect(starts({ ...nineToNoon, timeOff })).toEqual(['10:15', '10:30', '10:45', '11:00']);
});

it('offers starts from `from` on and before `to`; the session may end after it', () => {
  expect(starts(nineToNoon, { from: at('09:15'), to: at('10:00') })).toEqual(['09:15', '09:30', '09:45']);
  expect(starts(nineToNoon, { from: at('10:00'), to: at('09:00') })).toEqual([]);
});

it('offers nothing that has begun, and what begins now', () => {
  expect(starts(nineToNoon, { at: at('10:30') })).toEqual(['10:30', '10:45', '11:00']);
  expect(starts(nineToNoon, { at: at('10:30') + 1 })).toEqual(['10:45', '11:00']);
});

it('observes the minimum notice', () => {
  expect(starts({ ...nineToNoon, minimumNoticeMinutes: 120 }, { at: now })).toEqual(everyQuarter.slice(4));
});

it('leaves out what would collide, with the longer of both buffers on either side', () => {
  const tenToEleven = aBooking({ bufferedUntil: at('11:00') });
  const long = { availability: [{ weekday: 1, start: '08:00', end: '13:00' }] };
  expect(starts(long, { busy: [tenToEleven] })).toEqual([
    '08:00',
    '08:15',
    '08:30',
    '08:45',
    '09:00',
    ...['11:00', '11:15', '11:30', '11:45', '12:00'],
  ]);
  expect(starts({ ...long, bufferMinutes: 15 }, { busy: [tenToEleven] }).slice(3, 6)).toEqual([
    '08:45',
    '11:15',
    '11:30',
  ]);

  const promised = aBooking({ bufferedUntil: at('11:30') });
  expect(starts({ ...long, bufferMinutes: 15 }, { busy: [promised] }).slice(1, 4)).toEqual(['08:15', '08:30', '11:30']);
});

it('counts sessions in which the practitioner is the client, without buffers, and no cancelled ones', () => {
  const asClient = aBooking({ clientId: theo, practitionerId: clara, bufferedUntil: at('11:30') });
  expect(starts({ ...nineToNoon, bufferMinutes: 15 }, { busy: [asClient] })).toEqual(['09:00', '11:00']);
  expect(starts(nineToNoon, { busy: [aBooking({ status: 'cancelled' })] })).toEqual(everyQuarter);
});

it('never offers a wall time that is skipped, and one that is shown twice twice', () => {
  const berlin = { timeZone: 'Europe/Berlin', availability: [{ weekday: 7, start: '01:30', end: '03:30' }] };
  const spring = { from: at('00:00', '2026-03-29'), to: at('12:00', '2026-03-29'), at: at('00:00', '2026-03-01') };
  expect(starts(berlin, spring)).toEqual(['00:30']);

  const autumn = { from: at('00:00', '2026-10-25') - hourMs, to: at('12:00', '2026-10-25') };
  expect(starts(berlin, autumn)).toEqual([
    '23:30',
    '23:45',
    '00:00',
    '00:15',
    '00:30',
    '00:45',
    '01:00',
    '01:15',
    '01:30',
  ]);
});

it('offers the windows of dates, on their own quarters, besides the weekly ones', () => {
  const extraWindows = [
    { date: '2026-06-01', start: '11:50', end: '13:20' },
    { date: '2026-06-02', start: '00:00', end: '24:00' },
  ];
  expect(starts({ ...nineToNoon, extraWindows }).slice(-4)).toEqual(
    ['11:30', '11:45', '11:50', '12:05', '12:20'].slice(1),
  );
  expect(starts({ availability: [], extraWindows })).toEqual(['11:50', '12:05', '12:20']);
});

it('offers nothing beyond the horizon, and what begins at it', () => {
  const soon = { at: at('10:30', '2026-05-31') };
  expect(starts({ ...nineToNoon, bookingHorizonDays: 1 }, soon).at(-1)).toBe('10:30');
  expect(starts({ ...nineToNoon, bookingHorizonDays: 1 }, { at: at('09:00', '2026-05-30') })).toEqual([]);
});

it('offers nothing on a day that has as many sessions as they take', () => {
  const early = aBooking({ startsAt: at('06:00'), endsAt: at('07:00') });
  expect(starts({ ...nineToNoon, sessionsPerDayMax: 1 }, { busy: [early] })).toEqual([]);
  expect(starts({ ...nineToNoon, sessionsPerDayMax: 2 }, { busy: [early] })).toEqual(everyQuarter);
});

it('leaves out what others hold, with a buffer, and does not count it as a session of the day', () => {
  const times = { startsAt: at('09:45'), endsAt: at('10:15'), bufferedUntil: at('10:30') };
  const held: Taken = { practitionerId: theo, status: 'held', ...times };
  expect(starts({ ...nineToNoon, sessionsPerDayMax: 1 }, { busy: [held] })).toEqual(['10:30', '10:45', '11:00']);
});
