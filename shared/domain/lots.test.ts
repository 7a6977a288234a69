import { describe, expect, it } from 'vitest';
import { aLot, eleven, hourMs, idOf, now, ten } from '../../tests/support/builders.ts';
import { firstOf, isOpen, lastTaken, overdueOf, renewedUntil, restOf, soonestFirst, withoutLast } from './lots.ts';

const [a, b, c] = [idOf('a'), idOf('b'), idOf('c')];
const share = (lotId: string, amount: number) => ({ lotId, amount });

describe('soonestFirst', () => {
  const lots = [
    aLot({ id: a, expiresAt: now, amount: 3 }),
    aLot({ id: b, expiresAt: now + 1, amount: 4 }),
    aLot({ id: c, expiresAt: ten, amount: 5 }),
  ];

  it('takes from what ends next, and nothing from what has ended at that very instant', () => {
    expect(soonestFirst(lots, 3, now)).toEqual([share(b, 3)]);
    expect(soonestFirst(lots, 6, now)).toEqual([share(b, 4), share(c, 2)]);
    expect(soonestFirst(lots, 6, now - 1)).toEqual([share(a, 3), share(b, 3)]);
  });

  it('leaves to the undated rest what lots do not have', () => {
    expect(soonestFirst(lots, 100, now)).toEqual([share(b, 4), share(c, 5)]);
    expect(soonestFirst([], 5, now)).toEqual([]);
    expect(soonestFirst([aLot({ remaining: 0 })], 5, now)).toEqual([]);
  });
});

describe('what goes back', () => {
  const paid = [share(a, 3), share(b, 4)];

  it.each([
    [0, []],
    [3, []],
    [4, [share(b, 1)]],
    [7, [share(b, 4)]],
    [9, [share(b, 4), share(a, 2)]],
    [10, [share(b, 4), share(a, 3)]],
  ])('of a cost of 10 when %i comes back: first what had no end, then what was taken last', (amount, back) => {
    expect(lastTaken(paid, 10, amount)).toEqual(back);
  });

  it('comes back to a lot that has paid twice as one', () => {
    expect(lastTaken([share(a, 3), share(b, 4), share(a, 2)], 9, 8)).toEqual([share(a, 4), share(b, 4)]);
  });

  it('is gone from what has paid', () => {
    expect(withoutLast(paid, lastTaken(paid, 7, 5))).toEqual([share(a, 2)]);
    expect(withoutLast(paid, [])).toEqual(paid);
    expect(withoutLast(paid, lastTaken(paid, 7, 7))).toEqual([]);
  });

  it('can come from two sides', () => {
    expect([firstOf(paid, 5), restOf(paid, 5)]).toEqual([[share(a, 3), share(b, 2)], [share(b, 2)]]);
    expect([firstOf(paid, 0), restOf(paid, 0)]).toEqual([[], paid]);
    expect([firstOf(paid, 9), restOf(paid, 9)]).toEqual([paid, []]);
  });
});

describe('an end', () => {
  it('makes what is left overdue, at that very instant', () => {
    const lots = [aLot({ expiresAt: ten, amount: 3 }), aLot({ expiresAt: eleven, amount: 4 })];
    expect([ten - 1, ten, eleven].map((at) => overdueOf(lots, at))).toEqual([0, 3, 7]);
  });

  it('closes a lot, and so does being ended', () => {
    expect([isOpen(aLot(), ten - 1), isOpen(aLot(), ten)]).toEqual([true, false]);
    expect(isOpen(aLot({ remaining: 0, status: 'expired' }), now)).toBe(false);
  });

  it('is followed by a grace for what comes back, but not before it has come', () => {
    expect(renewedUntil(aLot(), eleven, hourMs)).toBe(eleven + hourMs);
    expect(renewedUntil(aLot({ status: 'expired' }), now, hourMs)).toBe(now + hourMs);
    expect(renewedUntil(aLot({ status: 'voided' }), now, hourMs)).toBe(ten);
    expect(renewedUntil(aLot({ status: 'voided' }), eleven, hourMs)).toBe(eleven + hourMs);
  });
});
