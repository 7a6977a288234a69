import { describe, expect, it } from 'vitest';
import { creditsWorded, lengthWorded, moneyWorded, pointsWorded, spanWorded, startWorded } from './wording.ts';

const span = (startsAt: string, endsAt: string, timeZone: string) =>
  spanWorded(Date.parse(startsAt), Date.parse(endsAt), timeZone);

describe('times', () => {
  it.each([
    ['Europe/Berlin', 'Friday, 27 November 2026, 14:00 to 14:50 (Europe/Berlin, UTC+01:00)'],
    ['america/new_york', 'Friday, 27 November 2026, 08:00 to 08:50 (America/New_York, UTC-05:00)'],
    ['Asia/Kathmandu', 'Friday, 27 November 2026, 18:45 to 19:35 (Asia/Kathmandu, UTC+05:45)'],
    ['Pacific/Kiritimati', 'Saturday, 28 November 2026, 03:00 to 03:50 (Pacific/Kiritimati, UTC+14:00)'],
    ['UTC', 'Friday, 27 November 2026, 13:00 to 13:50 (UTC)'],
  ])('are told in %s, with its name and offset', (timeZone, worded) => {
    expect(span('2026-11-27T13:00:00Z', '2026-11-27T13:50:00Z', timeZone)).toBe(worded);
  });

  it('follow summer time', () => {
    expect(span('2026-07-01T13:00:00Z', '2026-07-01T13:50:00Z', 'Europe/Berlin')).toBe(
      'Wednesday, 1 July 2026, 15:00 to 15:50 (Europe/Berlin, UTC+02:00)',
    );
  });

  it('tell the two halves of a repeated hour apart', () => {
    expect(span('2026-10-25T00:15:00Z', '2026-10-25T00:45:00Z', 'Europe/Berlin')).toBe(
      'Sunday, 25 October 2026, 02:15 to 02:45 (Europe/Berlin, UTC+02:00)',
    );
    expect(span('2026-10-25T01:15:00Z', '2026-10-25T01:45:00Z', 'Europe/Berlin')).toBe(
      'Sunday, 25 October 2026, 02:15 to 02:45 (Europe/Berlin, UTC+01:00)',
    );
  });

  it('say both offsets when clocks change in between', () => {
    expect(span('2026-10-25T00:30:00Z', '2026-10-25T01:20:00Z', 'Europe/Berlin')).toBe(
      'Sunday, 25 October 2026, 02:30 (Europe/Berlin, UTC+02:00) to 02:20 (UTC+01:00)',
    );
    expect(span('2027-03-28T00:30:00Z', '2027-03-28T01:30:00Z', 'Europe/Berlin')).toBe(
      'Sunday, 28 March 2027, 01:30 (Europe/Berlin, UTC+01:00) to 03:30 (UTC+02:00)',
    );
  });

  it('say the day of the end when it is another one', () => {
    expect(span('2026-12-31T22:30:00Z', '2026-12-31T23:20:00Z', 'Europe/Berlin')).toBe(
      'Thursday, 31 December 2026, 23:30 to Friday, 1 January 2027, 00:20 (Europe/Berlin, UTC+01:00)',
    );
  });

  it('are short in subjects', () => {
    expect(startWorded(Date.parse('2027-02-01T00:05:00Z'), 'Europe/Berlin')).toBe('1 February 2027, 01:05');
  });
});

it.each([
  [0, '0 credits'],
  [1, '1 credit'],
  [999, '999 credits'],
  [1_000, '1,000 credits'],
  [1_234_567, '1,234,567 credits'],
])('tells %i credits', (amount, worded) => {
  expect(creditsWorded(amount)).toBe(worded);
});

it('tells lengths in minutes', () => {
  expect(lengthWorded(0, 60_000)).toBe('1 minute');
  expect(lengthWorded(0, 90 * 60_000)).toBe('90 minutes');
});

describe('money and points', () => {
  it.each([
    [125_050, 'EUR', '1,250.50 EUR'],
    [5, 'EUR', '0.05 EUR'],
    [0, 'USD', '0.00 USD'],
    [1_250, 'JPY', '1,250 JPY'],
    [1_250, 'KWD', '1.250 KWD'],
    [7, 'BHD', '0.007 BHD'],
    // People write no fillér; the minor unit is one all the same.
    [99_900, 'HUF', '999.00 HUF'],
  ])('%i of %s are %s', (minor, currency, worded) => {
    expect(moneyWorded(minor, currency)).toBe(worded);
  });

  it('say one point, and many', () => {
    expect([pointsWorded(1), pointsWorded(1_250)]).toEqual(['1 point', '1,250 points']);
  });
});
