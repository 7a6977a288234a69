import { describe, expect, it } from 'vitest';
import { type Shape, shapeAfter } from './crowd.ts';

const most = { batchesAtOnce: 2, lanesPerBatch: 512 };
const full: Shape = { ...most, calm: 0 };

/** What batches are like after those, each of which had to leave that share of its lanes. */
function shapeOf(shape: Shape, ...busyShares: readonly number[]): Shape {
  return busyShares.reduce(
    (now, share) => shapeAfter(now, { lanes: now.lanesPerBatch, busy: share * now.lanesPerBatch }, most),
    shape,
  );
}

describe('batches in a crowd', () => {
  it('stay as they are where few are in the way', () => {
    expect(shapeOf(full, 0, 0.3, 0.1)).toEqual(full);
  });

  it('become fewer first, then smaller, down to a few lanes', () => {
    expect(shapeOf(full, 0.31)).toEqual({ batchesAtOnce: 1, lanesPerBatch: 512, calm: 0 });
    expect(shapeOf(full, 1, 1)).toEqual({ batchesAtOnce: 1, lanesPerBatch: 256, calm: 0 });
    expect(shapeOf(full, 1, 1, 1, 1, 1, 1, 1)).toEqual({ batchesAtOnce: 1, lanesPerBatch: 64, calm: 0 });
  });

  it('become larger first, then more, once it has been calm for a while', () => {
    const least = shapeOf(full, 1, 1, 1, 1, 1);
    expect(shapeOf(least, 0, 0)).toEqual({ batchesAtOnce: 1, lanesPerBatch: 256, calm: 0 });
    const large = shapeOf(least, 0, 0, 0);
    expect(large).toEqual({ batchesAtOnce: 1, lanesPerBatch: 512, calm: 0 });
    const calm = Array(15).fill(0.1);
    expect(shapeOf(large, ...calm)).toEqual({ batchesAtOnce: 1, lanesPerBatch: 512, calm: 15 });
    expect(shapeOf(large, ...calm, 0.1)).toEqual(full);
    expect(shapeOf(large, ...calm, 1, 0)).toEqual({ batchesAtOnce: 1, lanesPerBatch: 512, calm: 0 });
  });

  it('become more soon where nobody is left in the way', () => {
    const one: Shape = { ...full, batchesAtOnce: 1 };
    expect(shapeOf(one, 0, 0.01)).toEqual({ ...one, calm: 12 });
    expect(shapeOf(one, 0, 0.01, 0)).toEqual(full);
  });

  it('stay as they are where a few lanes are held', () => {
    expect(shapeAfter(full, { lanes: 63, busy: 63 }, most)).toEqual(full);
    expect(shapeAfter(full, { lanes: 64, busy: 64 }, most)).not.toEqual(full);
  });

  it('never have more lanes than they may, however few that is', () => {
    const few = { batchesAtOnce: 1, lanesPerBatch: 10 };
    const shape = shapeAfter({ ...few, calm: 0 }, { lanes: 10, busy: 10 }, few);
    expect(shape).toEqual({ ...few, calm: 0 });
    expect(shapeAfter(shape, { lanes: 1, busy: 0 }, few)).toEqual({ ...few, calm: 0 });
  });
});
