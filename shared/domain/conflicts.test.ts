import { describe, expect, it } from 'vitest';
import { aBooking, clara, eleven, eve, hourMs, minuteMs, ten, theo } from '../../tests/support/builders.ts';
import { isBusy, isSlotTaken } from './conflicts.ts';
import type { Booking } from './state.ts';

const wanted = { from: ten, to: eleven };

/** Eve's hour with Theo that ends `gap` minutes before ten, or begins that long after eleven. */
function beside(side: 'before' | 'after', gap: number, ownBuffer = 0, changes: Partial<Booking> = {}): Booking {
  const startsAt = side === 'before' ? ten - hourMs - gap * minuteMs : eleven + gap * minuteMs;
  const endsAt = startsAt + hourMs;
  return aBooking({ clientId: eve, startsAt, endsAt, bufferedUntil: endsAt + ownBuffer * minuteMs, ...changes });
}

const inside = { startsAt: ten + minuteMs, endsAt: eleven - minuteMs };
const around = { startsAt: ten - minuteMs, endsAt: eleven + minuteMs };

describe.each(['before', 'after'] as const)('the practitioner, with a session %s', (side) => {
  it.each([
    ['no buffer, adjoining', 0, 0, 0, false],
    ['no buffer, a minute too close', 0, 0, -1, true],
    ['the present buffer, exactly', 15, 0, 15, false],
    ['the present buffer, a minute too close', 15, 0, 14, true],
    ["the session's own buffer, exactly", 0, 20, 20, false],
    ["the session's own buffer, a minute too close", 0, 20, 19, true],
    ['the longer of both, when it is the present one', 30, 20, 29, true],
    ["the longer of both, when it is the session's own", 20, 30, 29, true],
    ['no more than the longer of both', 20, 30, 30, false],
  ])('%s (buffer %i, own %i, gap %i): %s', (_case, buffer, ownBuffer, gap, isTaken) => {
    expect(isSlotTaken([beside(side, gap, ownBuffer)], theo, buffer, wanted)).toBe(isTaken);
  });

  it('needs no buffer as a client', () => {
    const asClient = (gap: number) => [beside(side, gap, 30, { clientId: theo, practitionerId: clara })];
    expect(isSlotTaken(asClient(0), theo, 30, wanted)).toBe(false);
    expect(isSlotTaken(asClient(-1), theo, 30, wanted)).toBe(true);
  });

  it('is busy only while in it', () => {
    expect(isBusy([beside(side, 0, 30)], wanted)).toBe(false);
    expect(isBusy([beside(side, -1, 30)], wanted)).toBe(true);
  });
});

it.each([
  ['booked', true],
  ['completed', true],
  ['no_show', true],
  ['cancelled', false],
] as const)('a session that is %s takes its time: %s', (status, isTaken) => {
  expect(isSlotTaken([aBooking({ status })], theo, 0, wanted)).toBe(isTaken);
  expect(isBusy([aBooking({ status })], wanted)).toBe(isTaken);
});

it.each([inside, around])('sees sessions inside and around', (times) => {
  expect(isSlotTaken([aBooking(times)], theo, 0, wanted)).toBe(true);
  expect(isBusy([aBooking(times)], wanted)).toBe(true);
});

it('looks at every session', () => {
  const sessions = [beside('before', 0), beside('after', 0), aBooking()];
  expect(isSlotTaken(sessions, theo, 0, wanted)).toBe(true);
  expect(isSlotTaken(sessions.slice(0, 2), theo, 0, wanted)).toBe(false);
  expect(isBusy([], wanted)).toBe(false);
});
