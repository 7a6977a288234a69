import { expect, it } from 'vitest';
import { practiceEntry, userEntry } from './directory.ts';

const price = { sessionType: 'massage', durationMinutes: 60, credits: 10 };
const monday = { weekday: 1, start: '09:00', end: '17:00' };
const christmasEve = { date: '2026-12-24', start: '10:00', end: '14:00' };
const manyDates = Array.from({ length: 367 }, (_, n) => ({
  ...christmasEve,
  date: new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10),
}));

it('fills in what may be left out', () => {
  expect(practiceEntry.parse({ prices: [price] })).toEqual({
    prices: [price],
    timeZone: 'UTC',
    availability: [],
    timeOff: [],
    bufferMinutes: 0,
    minimumNoticeMinutes: 0,
    extraWindows: [],
    bookingHorizonDays: null,
    sessionsPerDayMax: null,
    cancellationPolicy: { freeUntilHours: 0, lateRefundPercent: 0 },
  });
  const user = { email: 'ada@example.org', firstName: 'Ada', lastName: 'L', roles: ['client'] };
  expect(userEntry.parse(user)).toEqual({ ...user, timeZone: 'UTC', active: true, emailVerified: true });
});

it.each([
  ['hours until midnight', { availability: [{ weekday: 7, start: '00:00', end: '24:00' }] }],
  ['hours that adjoin', { availability: [monday, { ...monday, start: '17:00', end: '18:00' }] }],
  ['the same hours on two days', { availability: [monday, { ...monday, weekday: 2 }] }],
  ['a free session', { prices: [{ ...price, credits: 0 }] }],
  ['two durations', { prices: [price, { ...price, durationMinutes: 30 }] }],
  ['a zone', { timeZone: 'Europe/Berlin' }],
  ['a date until midnight', { extraWindows: [{ ...christmasEve, end: '24:00' }] }],
  ['dates that adjoin', { extraWindows: [{ ...christmasEve, start: '14:00', end: '15:00' }, christmasEve] }],
  ['the same hours on two dates', { extraWindows: [christmasEve, { ...christmasEve, date: '2026-12-25' }] }],
  ['a horizon and a limit', { bookingHorizonDays: 730, sessionsPerDayMax: 1 }],
  ['no horizon and no limit', { bookingHorizonDays: null, sessionsPerDayMax: null }],
])('takes %s', (_, changes) => {
  expect(practiceEntry.safeParse({ prices: [price], ...changes }).success).toBe(true);
});

it.each([
  ['hours that overlap', { availability: [monday, { ...monday, start: '16:59', end: '18:00' }] }],
  ['hours across midnight', { availability: [{ weekday: 1, start: '22:00', end: '02:00' }] }],
  ['no hours at all', { availability: [{ weekday: 1, start: '09:00', end: '09:00' }] }],
  ['a start at 24:00', { availability: [{ weekday: 1, start: '24:00', end: '24:00' }] }],
  ['a time that is none', { availability: [{ weekday: 1, start: '9:00', end: '17:00' }] }],
  ['a date that is none', { extraWindows: [{ ...christmasEve, date: '2026-02-29' }] }],
  ['a date with a time', { extraWindows: [{ ...christmasEve, date: '2026-12-24T00:00:00Z' }] }],
  ['dates that overlap', { extraWindows: [{ ...christmasEve, start: '13:59', end: '15:00' }, christmasEve] }],
  ['hours of a date across midnight', { extraWindows: [{ ...christmasEve, end: '09:00' }] }],
  ['too many dates', { extraWindows: manyDates }],
  ['a horizon of nothing', { bookingHorizonDays: 0 }],
  ['too far a horizon', { bookingHorizonDays: 731 }],
  ['no sessions at all', { sessionsPerDayMax: 0 }],
  ['an eighth day', { availability: [{ ...monday, weekday: 8 }] }],
  ['one price twice', { prices: [price, { ...price, credits: 11 }] }],
  ['a negative price', { prices: [{ ...price, credits: -1 }] }],
  ['half a credit', { prices: [{ ...price, credits: 0.5 }] }],
  ['time off that ends before it begins', { timeOff: [{ from: '2027-01-02T00:00:00Z', to: '2027-01-01T00:00:00Z' }] }],
  ['time off without an offset', { timeOff: [{ from: '2027-01-01T00:00:00', to: '2027-01-02T00:00:00' }] }],
  ['an offset for a zone', { timeZone: '+02:00' }],
  ['a zone that is none', { timeZone: 'Mars/Olympus' }],
  ['too long a buffer', { bufferMinutes: 241 }],
  ['more than everything back', { cancellationPolicy: { freeUntilHours: 24, lateRefundPercent: 101 } }],
  ['an unknown member', { colour: 'red' }],
])('refuses %s', (_, changes) => {
  expect(practiceEntry.safeParse({ prices: [price], ...changes }).success).toBe(false);
});
