import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DisputeState, disputedOf, entitledTo } from './entitlement.ts';

const dispute: DisputeState = { amount: 700, outcome: null, withdrawn: false, reinstated: false };

describe('a dispute', () => {
  it.each<[string, Partial<DisputeState>, number]>([
    ['that is only opened takes nothing', {}, 0],
    ['takes when the money is withdrawn', { withdrawn: true }, 700],
    ['takes when it is lost', { outcome: 'lost' }, 700],
    ['that is won gives back, whatever was withdrawn', { withdrawn: true, outcome: 'won' }, 0],
    ['gives back when the money is there again', { withdrawn: true, outcome: 'lost', reinstated: true }, 0],
  ])('%s', (_, state, taken) => {
    expect(disputedOf({ ...dispute, ...state })).toBe(taken);
  });
});

describe('what remains of credits', () => {
  it.each([
    [10, { paid: 1_000, refunded: 0, disputed: 0 }, 10],
    [10, { paid: 1_000, refunded: 99, disputed: 0 }, 10],
    [10, { paid: 1_000, refunded: 333, disputed: 0 }, 7],
    [10, { paid: 1_000, refunded: 999, disputed: 0 }, 1],
    [10, { paid: 1_000, refunded: 600, disputed: 600 }, 0],
    [10, { paid: 0, refunded: 0, disputed: 0 }, 10],
    [10, { paid: 0, refunded: 5, disputed: 0 }, 0],
    [1_000_000_000, { paid: 99_999_999_999, refunded: 33_333_333_333, disputed: 0 }, 666_666_667],
  ])('of %i with %j is %i', (credits, back, left) => {
    expect(entitledTo(credits, back)).toBe(left);
  });

  it('is never less than the share of the money that stays, and by less than one credit more', () => {
    const amounts = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e7 }), fc.nat(2e7));
    fc.assert(
      fc.property(amounts, ([credits, paid, refunded]) => {
        const share = (credits * Math.max(0, paid - refunded)) / paid;
        const left = entitledTo(credits, { paid, refunded, disputed: 0 });
        expect(left).toBeGreaterThanOrEqual(share - 1e-6);
        expect(left).toBeLessThan(share + 1);
      }),
    );
  });
});
