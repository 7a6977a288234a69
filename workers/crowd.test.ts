import { describe, expect, it } from 'vitest';
import { fullShapeOf, type Shape, shapeAfter } from './crowd.ts';

const most = { batchesAtOnce: 2, lanesAtOnce: 1_024 };
const full = fullShapeOf(most);
const oneAtATime: Shape = { batchesAtOnce: 1, lanesPerBatch: 1_024, calm: 0 };

interface Shares {
  readonly busy?: number;
  readonly strangers?: number;
}

/** What batches are like after those, each of which had to leave, and found in the hands of others, those shares. */
function shapeOf(shape: Shape, ...batches: readonly Shares[]): Shape {
  return batches.reduce<Shape>((now, { busy = 0, strangers = 0 }) => {
    const lanes = now.lanesPerBatch;
    return shapeAfter(now, { lanes, busy: busy * lanes, strangers: strangers * lanes }, most);
  }, shape);
}

const crowded = { busy: 1, strangers: 1 };

describe('batches in a crowd', () => {
  it('stay as they are where few others are in the way, and not too many of the same process', () => {
    expect(full).toEqual({ batchesAtOnce: 2, lanesPerBatch: 512, calm: 0 });
    expect(shapeOf(full, {}, { strangers: 0.06 }, { busy: 0.3 })).toEqual(full);
  });

  it('become fewer and larger where other processes are in the way', () => {
    expect(shapeOf(full, { strangers: 0.07 })).toEqual(oneAtATime);
    expect(shapeOf(full, { busy: 0.31 })).toEqual(oneAtATime);
  });

  it('become smaller then, down to a few lanes, where too many are in the way', () => {
    expect(shapeOf(oneAtATime, { busy: 0.3, strangers: 0.5 })).toEqual(oneAtATime);
    expect(shapeOf(full, crowded, crowded)).toEqual({ ...oneAtATime, lanesPerBatch: 512 });
    expect(shapeOf(full, ...Array(9).fill(crowded))).toEqual({ ...oneAtATime, lanesPerBatch: 64 });
  });

  it('become larger first, then more, once it has been calm for a while', () => {
    const least = shapeOf(full, ...Array(9).fill(crowded));
    expect(shapeOf(least, {}, {})).toEqual({ ...oneAtATime, lanesPerBatch: 256 });
    expect(shapeOf(least, {}, {}, {}, {})).toEqual(oneAtATime);
    const calm = Array(15).fill({ busy: 0.1, strangers: 0.06 });
    expect(shapeOf(oneAtATime, ...calm)).toEqual({ ...oneAtATime, calm: 15 });
    expect(shapeOf(oneAtATime, ...calm, { strangers: 0.06 })).toEqual(full);
    expect(shapeOf(oneAtATime, ...calm, crowded, {})).toEqual(oneAtATime);
    expect(shapeOf(oneAtATime, ...calm, { strangers: 0.07 })).toEqual(oneAtATime);
  });

  it('become more soon where nobody is left in the way', () => {
    expect(shapeOf(oneAtATime, {}, { busy: 0.1, strangers: 0.02 })).toEqual({ ...oneAtATime, calm: 12 });
    expect(shapeOf(oneAtATime, {}, {}, {})).toEqual(full);
  });

  it('stay as they are where a few lanes are held', () => {
    expect(shapeAfter(full, { lanes: 63, busy: 63, strangers: 63 }, most)).toEqual(full);
    expect(shapeAfter(full, { lanes: 64, busy: 64, strangers: 64 }, most)).toEqual(oneAtATime);
    expect(shapeAfter(full, { lanes: 64, busy: 0, strangers: 4 }, most)).toEqual(oneAtATime);
  });

  it('never have more lanes than they may, however few that is', () => {
    const few = { batchesAtOnce: 1, lanesAtOnce: 10 };
    const shape = shapeAfter(fullShapeOf(few), { lanes: 10, busy: 10, strangers: 10 }, few);
    expect(shape).toEqual({ batchesAtOnce: 1, lanesPerBatch: 10, calm: 0 });
    expect(shapeAfter(shape, { lanes: 1, busy: 0, strangers: 0 }, few)).toEqual(shape);
  });
});
