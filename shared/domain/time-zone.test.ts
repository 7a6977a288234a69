import { expect, it } from 'vitest';
import { isTimeZone, offsetSpans, wallTimeOf } from './time-zone.ts';

const hour = 3_600_000;

it.each([
  'UTC',
  'Europe/Berlin',
  'europe/berlin',
  'Asia/Kolkata',
  'Asia/Calcutta',
  'US/Eastern',
  'EST5EDT',
  'Etc/GMT+2',
  'America/Argentina/Buenos_Aires',
])('%s is a time zone', (name) => {
  expect(isTimeZone(name)).toBe(true);
});

it.each([
  '',
  '+02:00',
  '-08',
  '+0530',
  'Z',
  'GMT+2',
  'UTC+2',
  'GMT+02:00',
  'PST',
  'IST',
  'JST',
  'SystemV/AST4',
  'Europe',
  'Europe/Berlin ',
  'Mars/Olympus',
  'Etc/Unknown',
  '2026-01-01[Europe/Berlin]',
])('"%s" is none', (name) => {
  expect(isTimeZone(name)).toBe(false);
});

it('has one endless span for a zone without transitions', () => {
  expect(offsetSpans('UTC', 0, 10)).toEqual([
    { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, offset: 0 },
  ]);
});

it('changes span exactly at the transition', () => {
  const spring = Date.UTC(2026, 2, 29, 1);
  const autumn = Date.UTC(2026, 9, 25, 1);
  const offsetsIn = (from: number, to: number) =>
    offsetSpans('Europe/Berlin', from, to).map(({ offset }) => offset / hour);

  expect(offsetsIn(spring - 1, spring)).toEqual([1]);
  expect(offsetsIn(spring, spring + 1)).toEqual([2]);
  expect(offsetsIn(spring - 1, spring + 1)).toEqual([1, 2]);
  expect(offsetsIn(spring - 1, autumn + 1)).toEqual([1, 2, 1]);
  expect(offsetSpans('Europe/Berlin', spring, spring + 1)).toEqual([{ from: spring, to: autumn, offset: 2 * hour }]);
});

it('answers the same however much it has been asked to remember', () => {
  const july = (year: number) => offsetSpans('Europe/Berlin', Date.UTC(year, 6), Date.UTC(year, 6) + 1)[0]?.offset;
  const years = Array.from({ length: 200 }, (_, step) => 2026 + step);
  expect(new Set(years.map(july))).toEqual(new Set([2 * hour]));
  expect(new Set(years.map(july))).toEqual(new Set([2 * hour]));

  // 1,024 spellings of one zone: more than are remembered.
  for (let spelling = 0; spelling < 1_024; spelling += 1) {
    const name = [...'australia/']
      .map((letter, bit) => ((spelling >> bit) & 1 ? letter.toUpperCase() : letter))
      .join('');
    expect(offsetSpans(`${name}Lord_Howe`, Date.UTC(2026, 6), Date.UTC(2026, 6) + 1)[0]?.offset).toBe(10.5 * hour);
  }
});

it.each([
  ['2026-10-25T00:59:00Z', 'Europe/Berlin', '2026-10-25T02:59:00+02:00'],
  ['2026-10-25T01:00:00Z', 'Europe/Berlin', '2026-10-25T02:00:00+01:00'],
  ['2026-03-29T00:59:00Z', 'Europe/Berlin', '2026-03-29T01:59:00+01:00'],
  ['2026-03-29T01:00:00Z', 'Europe/Berlin', '2026-03-29T03:00:00+02:00'],
  ['2026-12-31T23:30:00Z', 'UTC', '2026-12-31T23:30:00+00:00'],
  ['2026-12-31T23:30:00Z', 'Asia/Kathmandu', '2027-01-01T05:15:00+05:45'],
  ['2027-01-01T02:00:00Z', 'America/St_Johns', '2026-12-31T22:30:00-03:30'],
])('%s is shown in %s as %s', (instant, timeZone, shown) => {
  expect(wallTimeOf(timeZone, Date.parse(instant))).toBe(shown);
});

it('throws for a zone that does not exist', () => {
  expect(() => offsetSpans('Mars/Olympus', 0, 1)).toThrow(RangeError);
});
