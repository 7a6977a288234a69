import { describe, expect, it } from 'vitest';
import type { Claimed, LiveEndpoint, Wish } from '../../db/events/claim.ts';
import { createLines } from './lines.ts';

const anEndpoint = (id: string, failingLanes = 0): LiveEndpoint => ({ id, url: '', secrets: [], failingLanes });

const aDelivery = (endpointId: string, lane: string, failures = 0): Claimed => ({
  endpointId,
  lane,
  failures,
  id: `${lane}/1`,
  operationId: `${lane}/1`,
  type: 'a type',
  sequence: 1,
  attempts: 1,
});

const first = '00000000-0000-0000-0000-000000000000';

describe('the lines at endpoints', () => {
  const five = ['a', 'b', 'c', 'd', 'e'].map((id) => anEndpoint(id));
  const turnsIn = (wishes: readonly Wish[]) => wishes.map(({ endpointId }) => endpointId).join('');

  it('give every endpoint its share, and no endpoint more', () => {
    const lines = createLines();
    const wished = lines.wishes(five, 0);
    expect(wished.map(({ endpointId, freshMax }) => [endpointId, freshMax])).toEqual([
      ['a', 8],
      ['b', 8],
      ['c', 8],
      ['d', 8],
    ]);
    lines.taken(
      wished,
      Array.from({ length: 8 }, (_, n) => aDelivery('a', `lane ${n}`)),
    );
    expect(turnsIn(lines.wishes(five, 0))).toBe('ebc');
    lines.finished('a');
    expect(lines.wishes([anEndpoint('a')], 0)).toMatchObject([{ freshMax: 1, retriesMax: 1 }]);
  });

  it('take turns when there is room for four of them, whoever comes and goes', () => {
    const lines = createLines();
    expect([1, 2, 3].map(() => turnsIn(lines.wishes(five, 0)))).toEqual(['abcd', 'eabc', 'deab']);
    const [, , ...others] = five;
    expect(turnsIn(lines.wishes(others, 0))).toBe('cde');
    expect(turnsIn(lines.wishes(five, 0))).toBe('abcd');
  });

  it('go round: on from the last lane taken, and back to the first from the end', () => {
    const lines = createLines();
    const a = anEndpoint('a');
    const wished = lines.wishes([a], 0);
    expect(wished).toMatchObject([{ fromLane: first }]);
    const taken = ['1', '9', '3', '4', '5', '6', '7', '8'].map((lane) => aDelivery('a', lane));
    expect(lines.taken(wished, taken)).toBe(false);
    lines.finished('a');
    const onwards = lines.wishes([a], 0);
    expect(onwards).toMatchObject([{ fromLane: '9' }]);
    expect(lines.taken(onwards, [])).toBe(true); // there may be more at the beginning
    expect(lines.wishes([a], 0)).toMatchObject([{ fromLane: first }]);
  });

  it('leave an endpoint in peace that fails for ten users, but for one new one a minute and what is due', () => {
    const lines = createLines();
    const freshMaxAt = (failingLanes: number, nowMs: number) =>
      lines.wishes([anEndpoint('a', failingLanes)], nowMs).map(({ freshMax, retriesMax }) => [freshMax, retriesMax]);
    expect(freshMaxAt(9, 0)).toEqual([[8, 8]]);
    expect(freshMaxAt(10, 0)).toEqual([[1, 8]]);
    expect(freshMaxAt(11, 59_999)).toEqual([[0, 8]]);
    expect(freshMaxAt(11, 60_000)).toEqual([[1, 8]]);
    expect(freshMaxAt(0, 60_001)).toEqual([[8, 8]]);
  });
});
