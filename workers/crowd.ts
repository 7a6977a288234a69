/**
 * Batches that touch the same people get into each other's way: what a batch has read and must leave is work for
 * nothing. In a crowd a process makes fewer batches at a time first, larger ones instead, because those are cheaper, and
 * then smaller ones; on the way back it is the other way round. It is other processes that make a crowd: two batches of
 * one process meet as often, but one of them decides while PostgreSQL works for the other, and two of each of two
 * processes have no processor left for that. (Two workers on two processors: 5 % faster than with two batches each.)
 */
export interface Shape {
  readonly batchesAtOnce: number;
  readonly lanesPerBatch: number;
  /** Batches of this shape that have met no crowd. */
  readonly calm: number;
}

/** What a process has in hand at most, in all its batches. */
export interface ShapeLimits {
  readonly batchesAtOnce: number;
  readonly lanesAtOnce: number;
}

/** What has come of a batch. */
export interface Met {
  readonly lanes: number;
  /** How many of them it had to leave. */
  readonly busy: number;
  /** How many of the lanes and calendars that it wanted other processes hold. */
  readonly strangers: number;
}

/** Who finds more than this share of what it wants in the hands of other processes is in a crowd. */
const strangersShareMax = 0.06;

/** A batch that had to leave more than this share of its lanes was too large, whoever was in its way. */
const busyShareMax = 0.3;

const lanesPerBatchMin = 64;

/** After so many calm batches, one more at a time is tried: when it was too early, one in so many was in the way. */
const calmBatches = 16;

/** One that met hardly anybody counts for some of those: whoever was in the way seems to be gone. */
const aloneShareMax = 0.02;
const aloneBatches = 6;

/** How many lanes a batch may have where so many are made at a time. */
export function lanesMaxOf({ lanesAtOnce }: ShapeLimits, batchesAtOnce: number): number {
  return Math.floor(lanesAtOnce / batchesAtOnce);
}

export function fullShapeOf(most: ShapeLimits): Shape {
  return shapeOf(most, most.batchesAtOnce);
}

/** What the next batches are like after one of that shape. */
export function shapeAfter(shape: Shape, { lanes, busy, strangers }: Met, most: ShapeLimits): Shape {
  const { batchesAtOnce, lanesPerBatch } = shape;
  const lanesMax = lanesMaxOf(most, batchesAtOnce);
  const least = Math.min(lanesPerBatchMin, lanesMax);
  const isCrowd = strangers > strangersShareMax * lanes;
  const isTooMuch = busy > busyShareMax * lanes;

  if (isTooMuch || (isCrowd && batchesAtOnce > 1)) {
    // A few lanes are no crowd, whoever holds them.
    if (lanes < least) return shape;
    if (batchesAtOnce > 1) return shapeOf(most, batchesAtOnce - 1);
    return { batchesAtOnce, lanesPerBatch: Math.max(Math.floor(lanesPerBatch / 2), least), calm: 0 };
  }
  if (lanesPerBatch < lanesMax) {
    return { batchesAtOnce, lanesPerBatch: Math.min(lanesPerBatch * 2, lanesMax), calm: 0 };
  }
  if (batchesAtOnce === most.batchesAtOnce) return shape;
  if (isCrowd) return { ...shape, calm: 0 };
  const calm = shape.calm + (strangers > aloneShareMax * lanes ? 1 : aloneBatches);
  return calm < calmBatches ? { batchesAtOnce, lanesPerBatch, calm } : shapeOf(most, batchesAtOnce + 1);
}

function shapeOf(most: ShapeLimits, batchesAtOnce: number): Shape {
  return { batchesAtOnce, lanesPerBatch: lanesMaxOf(most, batchesAtOnce), calm: 0 };
}
