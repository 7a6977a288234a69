import { expect, it } from 'vitest';
import { forecastOf } from './partner-dashboard.ts';

const at = Date.UTC(2026, 5, 1);

it.each([
  ['a month of the same', { lately: 60, available: 60 }, { assignedPerDay: 2, poolEndsAt: '2026-07-01T00:00:00.000Z' }],
  ['an empty pool', { lately: 60, available: 0 }, { assignedPerDay: 2, poolEndsAt: '2026-06-01T00:00:00.000Z' }],
  ['nothing assigned', { lately: 0, available: 60 }, { assignedPerDay: 0, poolEndsAt: null }],
  ['nothing at all', { lately: 0, available: 0 }, { assignedPerDay: 0, poolEndsAt: null }],
  ['more than anybody plans for', { lately: 1, available: 1_000 }, { assignedPerDay: 0.03, poolEndsAt: null }],
])('forecasts %s', (_, pool, forecast) => {
  expect(forecastOf(pool, at)).toEqual(forecast);
});
