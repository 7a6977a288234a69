import { describe, expect, it } from 'vitest';
import { depthOf, lanesOfDepth } from './depth.ts';

describe('how deep lanes are', () => {
  it('is what waits in each, on average', () => {
    const lanes = [1, 2, 6].map((waiting) => ({ settledSeq: 10, lastSeq: 10 + waiting }));
    expect(depthOf(lanes, 3)).toBe(3);
    expect(depthOf(lanes, 6)).toBe(1.5);
    expect(depthOf([], 0)).toBe(0);
  });

  it('does not grow with one endless lane', () => {
    const shallow = Array.from({ length: 99 }, () => ({ settledSeq: 0, lastSeq: 1 }));
    expect(depthOf([...shallow, { settledSeq: 0, lastSeq: 1_000_000 }], 100)).toBeCloseTo(1.07);
  });

  it('counts nothing in a lane that has come further than the reader knows', () => {
    expect(depthOf([{ settledSeq: 8, lastSeq: 5 }], 1)).toBe(0);
  });

  it('says how many of them make a batch', () => {
    expect([0, 1, 2.3, 8].map((depth) => lanesOfDepth(depth, 512))).toEqual([512, 512, 223, 64]);
  });
});
