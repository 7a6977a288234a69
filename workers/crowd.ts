/**
 * Batches that touch the same people get into each other's way: what a batch has read and must leave is work for
 * nothing. In a crowd a process makes fewer batches at a time first, because large ones are cheaper, and then smaller
 * ones; on the way back it is the other way round. (Two workers on one machine: 3 % faster than with smaller batches only.)
 */
export interface Shape {
  readonly batchesAtOnce: number;
  readonly lanesPerBatch: number;
  /** Batches of this shape that have met no crowd. */
  readonly calm: number;
}

export type ShapeLimits = Pick<Shape, 'batchesAtOnce' | 'lanesPerBatch'>;

/** A batch that had to leave more than this share of its lanes has met a crowd. */
const busyShareMax = 0.3;

const lanesPerBatchMin = 64;

/** After so many calm batches, one more at a time is tried: when it was too early, one in so many was in the way. */
const calmBatches = 16;

/** One that met hardly anybody counts for some of those: whoever was in the way seems to be gone. */
const aloneShareMax = 0.02;
const aloneBatches = 6;

/** What the next batches are like after one that had to leave `busy` of its `lanes` lanes. */
export function shapeAfter(
  shape: Shape,
  { lanes, busy }: { readonly lanes: number; readonly busy: number },
  most: ShapeLimits,
): Shape {
  const { batchesAtOnce, lanesPerBatch } = shape;
  const least = Math.min(lanesPerBatchMin, most.lanesPerBatch);
  if (busy > busyShareMax * lanes) {
    // A few lanes are no crowd, whoever holds them.
    if (lanes < least) return shape;
    if (batchesAtOnce > 1) return { batchesAtOnce: batchesAtOnce - 1, lanesPerBatch, calm: 0 };
    return { batchesAtOnce, lanesPerBatch: Math.max(Math.floor(lanesPerBatch / 2), least), calm: 0 };
  }
  if (lanesPerBatch < most.lanesPerBatch) {
    return { batchesAtOnce, lanesPerBatch: Math.min(lanesPerBatch * 2, most.lanesPerBatch), calm: 0 };
  }
  if (batchesAtOnce === most.batchesAtOnce) return shape;
  const calm = shape.calm + (busy > aloneShareMax * lanes ? 1 : aloneBatches);
  return calm < calmBatches
    ? { batchesAtOnce, lanesPerBatch, calm }
    : { batchesAtOnce: batchesAtOnce + 1, lanesPerBatch, calm: 0 };
}
