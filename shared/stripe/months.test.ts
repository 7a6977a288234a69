import { expect, it } from 'vitest';
import { givenAfter, monthsAfter, monthsIn } from './months.ts';

const at = (day: string) => Date.parse(`${day}T10:30:00Z`) / 1_000;
const dayOf = (seconds: number) => new Date(seconds * 1_000).toISOString().slice(0, 16);

it.each([
  ['2024-01-31', 1, '2024-02-29T10:30'],
  ['2025-01-31', 1, '2025-02-28T10:30'],
  ['2025-01-31', 2, '2025-03-31T10:30'],
  ['2025-01-30', 13, '2026-02-28T10:30'],
  ['2025-12-15', 1, '2026-01-15T10:30'],
  ['2025-08-31', 3, '2025-11-30T10:30'],
])('%s and %i months is %s', (from, months, then) => {
  expect(dayOf(monthsAfter(at(from), months))).toBe(then);
});

it.each([
  ['2024-01-31', '2025-01-31', 12],
  ['2024-02-29', '2025-02-28', 12],
  ['2024-01-31', '2024-02-29', 1],
  ['2024-01-31', '2024-02-10', 1],
  ['2024-01-15', '2024-04-15', 3],
])('from %s to %s there are %i monthly parts', (start, end, parts) => {
  expect(monthsIn(at(start), at(end))).toBe(parts);
});

it('gives whole credits as evenly as can be, and all of them in the end', () => {
  const given = Array.from({ length: 13 }, (_, parts) => givenAfter(125, parts, 12));
  expect(given[12]).toBe(125);
  const steps = given.slice(1).map((sum, position) => sum - (given[position] ?? 0));
  expect(new Set(steps)).toEqual(new Set([10, 11]));
});
