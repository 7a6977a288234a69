import { describe, expect, it } from 'vitest';
import { aPractice } from '../../tests/support/builders.ts';
import { isAvailable, openIntervals } from './availability.ts';
import type { WeeklyWindow } from './state.ts';

const [monday, tuesday, thursday, friday, saturday, sunday] = [1, 2, 4, 5, 6, 7] as const;

const utc = (text: string) => Date.parse(`${text}Z`);

function aWindow(weekday: number, hours: string): WeeklyWindow {
  const [start = '', end = ''] = hours.split('-');
  return { weekday, start, end };
}

/** What is open on a UTC day and the hours around it, as "from/to" in UTC. */
function openAround(day: string, timeZone: string, ...availability: WeeklyWindow[]): string[] {
  const noon = utc(`${day}T12:00`);
  const short = (instant: number) => new Date(instant).toISOString().slice(5, 16);
  const open = openIntervals(aPractice({ timeZone, availability }), noon - 36 * 3_600_000, noon + 36 * 3_600_000);
  return open.map(({ from, to }) => `${short(from)}/${short(to)}`);
}

describe('clock changes', () => {
  it.each([
    // Berlin skips 02:00 to 03:00 at 01:00 UTC, and shows it twice in autumn, from 00:00 to 02:00 UTC.
    ['skipped hour inside', 'Europe/Berlin', '2026-03-29', '01:00-04:00', ['03-29T00:00/03-29T02:00']],
    ['skipped hour only', 'Europe/Berlin', '2026-03-29', '02:00-03:00', []],
    ['begins in the skipped hour', 'Europe/Berlin', '2026-03-29', '02:30-03:30', ['03-29T01:00/03-29T01:30']],
    ['ends in the skipped hour', 'Europe/Berlin', '2026-03-29', '01:30-02:30', ['03-29T00:30/03-29T01:00']],
    ['hour shown twice', 'Europe/Berlin', '2026-10-25', '02:00-03:00', ['10-25T00:00/10-25T02:00']],
    [
      'part of the hour shown twice',
      'Europe/Berlin',
      '2026-10-25',
      '02:30-02:45',
      ['10-25T00:30/10-25T00:45', '10-25T01:30/10-25T01:45'],
    ],
    [
      'begins in the hour shown twice',
      'Europe/Berlin',
      '2026-10-25',
      '02:30-04:00',
      ['10-25T00:30/10-25T01:00', '10-25T01:30/10-25T03:00'],
    ],
    ['skipped hour inside', 'America/New_York', '2026-03-08', '01:00-04:00', ['03-08T06:00/03-08T08:00']],
    ['hour shown twice', 'America/New_York', '2026-11-01', '01:00-02:00', ['11-01T05:00/11-01T07:00']],
    // Lord Howe Island moves its clocks by half an hour.
    ['half an hour skipped', 'Australia/Lord_Howe', '2026-10-03', '01:30-02:45', ['10-03T15:00/10-03T15:45']],
    ['half an hour shown twice', 'Australia/Lord_Howe', '2026-04-04', '01:30-02:00', ['04-04T14:30/04-04T15:30']],
    // Newfoundland is half an hour off everybody else's hours.
    ['skipped hour inside', 'America/St_Johns', '2026-03-08', '01:30-03:30', ['03-08T05:00/03-08T06:00']],
    ['hour shown twice', 'America/St_Johns', '2026-11-01', '01:00-02:00', ['11-01T03:30/11-01T05:30']],
  ])('%s: %s on %s, %s', (_case, timeZone, day, hours, open) => {
    expect(openAround(day, timeZone, aWindow(sunday, hours))).toEqual(open);
  });

  it('skips a whole day where the calendar did: Samoa had no Friday before New Year 2012', () => {
    const open = openAround(
      '2011-12-30',
      'Pacific/Apia',
      aWindow(thursday, '22:00-24:00'),
      aWindow(friday, '09:00-17:00'),
      aWindow(saturday, '00:00-02:00'),
    );
    expect(open).toEqual(['12-30T08:00/12-30T12:00']);
  });

  it('is available across a skipped hour, but not for the hour that was skipped', () => {
    const practice = aPractice({ timeZone: 'Europe/Berlin', availability: [aWindow(sunday, '01:00-04:00')] });
    expect(isAvailable(practice, utc('2026-03-29T00:00'), utc('2026-03-29T02:00'))).toBe(true);
    expect(isAvailable(practice, utc('2026-03-29T00:00'), utc('2026-03-29T02:01'))).toBe(false);
  });
});

describe('windows', () => {
  it('are half-open', () => {
    const practice = aPractice({ availability: [aWindow(monday, '09:00-17:00')] });
    const fits = (from: string, to: string) =>
      isAvailable(practice, utc(`2026-06-01T${from}`), utc(`2026-06-01T${to}`));
    expect(fits('09:00', '17:00')).toBe(true);
    expect(fits('08:59', '10:00')).toBe(false);
    expect(fits('16:30', '17:01')).toBe(false);
    expect(fits('08:00', '18:00')).toBe(false);
    expect(fits('17:00', '17:30')).toBe(false);
  });

  it.each([
    ['that adjoin are one', ['09:00-12:00', '12:00-15:00'], ['06-01T09:00/06-01T15:00']],
    ['that overlap are one', ['12:00-15:00', '09:00-12:30', '10:00-11:00'], ['06-01T09:00/06-01T15:00']],
    [
      'with a minute between them are two',
      ['09:00-12:00', '12:01-15:00'],
      ['06-01T09:00/06-01T12:00', '06-01T12:01/06-01T15:00'],
    ],
    ['without a length are none', ['09:00-09:00'], []],
    ['that end before they start are none', ['15:00-09:00'], []],
  ])('%s', (_case, hours, open) => {
    expect(openAround('2026-06-01', 'UTC', ...hours.map((window) => aWindow(monday, window)))).toEqual(open);
  });

  it('join the next day at 24:00', () => {
    const windows = [aWindow(monday, '22:00-24:00'), aWindow(tuesday, '00:00-02:00')];
    expect(openAround('2026-06-01', 'UTC', ...windows)).toEqual(['06-01T22:00/06-02T02:00']);
    expect(openAround('2026-06-01', 'Asia/Tokyo', ...windows)).toEqual(['06-01T13:00/06-01T17:00']);
  });

  it('join the next week: Sunday night and Monday morning', () => {
    const windows = [aWindow(sunday, '23:00-24:00'), aWindow(monday, '00:00-01:00')];
    expect(openAround('2026-05-31', 'UTC', ...windows)).toEqual(['05-31T23:00/06-01T01:00']);
  });

  it('belong to the day of their own zone, not to the UTC day', () => {
    expect(openAround('2026-06-01', 'Pacific/Kiritimati', aWindow(monday, '09:00-10:00'))).toEqual([
      '05-31T19:00/05-31T20:00',
    ]);
    expect(openAround('2026-06-01', 'Pacific/Niue', aWindow(monday, '20:00-21:00'))).toEqual([
      '06-02T07:00/06-02T08:00',
    ]);
  });

  it('are clipped to the time that was asked for', () => {
    const practice = aPractice({ availability: [aWindow(monday, '09:00-17:00')] });
    const [from, to] = [utc('2026-06-01T10:00'), utc('2026-06-01T11:00')];
    expect(openIntervals(practice, from, to)).toEqual([{ from, to }]);
    expect(openIntervals(practice, from, from)).toEqual([]);
    expect(openIntervals(practice, to, from)).toEqual([]);
  });

  it('never open without any', () => {
    expect(openAround('2026-06-01', 'UTC')).toEqual([]);
  });

  it('know the weekdays before 1970 too', () => {
    expect(openAround('1969-07-21', 'UTC', aWindow(monday, '02:00-03:00'))).toEqual(['07-21T02:00/07-21T03:00']);
  });
});

describe('time off', () => {
  it.each([
    ['cuts a piece out', ['11:00Z/12:00Z'], ['09:00/11:00', '12:00/17:00']],
    ['cuts the beginning off', ['08:00Z/10:00Z'], ['10:00/17:00']],
    ['cuts the end off', ['16:00Z/19:00Z'], ['09:00/16:00']],
    ['covers the day', ['00:00Z/23:59Z'], []],
    ['only touches', ['08:00Z/09:00Z', '17:00Z/18:00Z'], ['09:00/17:00']],
    ['is counted with its offset', ['12:00+02:00/13:00+02:00'], ['09:00/10:00', '11:00/17:00']],
    ['overlaps other time off', ['10:00Z/12:00Z', '11:00Z/13:00Z'], ['09:00/10:00', '13:00/17:00']],
    ['adjoins other time off', ['10:00Z/12:00Z', '12:00Z/13:00Z'], ['09:00/10:00', '13:00/17:00']],
    ['has no length', ['12:00Z/12:00Z'], ['09:00/17:00']],
    ['ends before it begins', ['13:00Z/12:00Z'], ['09:00/17:00']],
  ])('%s', (_case, spans, open) => {
    const timeOff = spans.map((span) => {
      const [from = '', to = ''] = span.split('/');
      return {
        from: `2026-06-01T${from.slice(0, 5)}:00${from.slice(5)}`,
        to: `2026-06-01T${to.slice(0, 5)}:00${to.slice(5)}`,
      };
    });
    const practice = aPractice({ availability: [aWindow(monday, '09:00-17:00')], timeOff });
    const short = (instant: number) => new Date(instant).toISOString().slice(11, 16);
    const found = openIntervals(practice, utc('2026-06-01T00:00'), utc('2026-06-02T00:00'));
    expect(found.map(({ from, to }) => `${short(from)}/${short(to)}`)).toEqual(open);
  });

  it('reaches over several windows, and each may have several times off', () => {
    const practice = aPractice({
      availability: ['09:00-12:00', '13:00-14:00', '15:00-17:00'].map((hours) => aWindow(monday, hours)),
      timeOff: [
        { from: '2026-06-01T16:00:00Z', to: '2026-06-01T16:30:00Z' },
        { from: '2026-06-01T11:00:00Z', to: '2026-06-01T15:30:00Z' },
        { from: '2026-06-01T09:30:00Z', to: '2026-06-01T10:00:00Z' },
      ],
    });
    const found = openIntervals(practice, utc('2026-06-01T00:00'), utc('2026-06-02T00:00'));
    const short = (instant: number) => new Date(instant).toISOString().slice(11, 16);
    const open = ['09:00/09:30', '10:00/11:00', '15:30/16:00', '16:30/17:00'];
    expect(found.map(({ from, to }) => `${short(from)}/${short(to)}`)).toEqual(open);
  });

  it('makes a session that it touches impossible', () => {
    const timeOff = [{ from: '2026-06-01T11:00:00Z', to: '2026-06-01T11:01:00Z' }];
    const practice = aPractice({ timeOff });
    expect(isAvailable(practice, utc('2026-06-01T10:00'), utc('2026-06-01T11:00'))).toBe(true);
    expect(isAvailable(practice, utc('2026-06-01T10:30'), utc('2026-06-01T11:30'))).toBe(false);
    expect(isAvailable(practice, utc('2026-06-01T11:01'), utc('2026-06-01T12:00'))).toBe(true);
  });
});
