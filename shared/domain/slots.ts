import { earliestStart, latestStart, openPieces, type Piece, piecesOf, priceOf } from './availability.ts';
import { freeStarts, fullDays, type Taken } from './conflicts.ts';
import type { Uuid } from './ids.ts';
import type { Interval } from './interval.ts';
import type { Practice } from './state.ts';
import { localDayOf } from './time-zone.ts';

/*
 * What can be booked. The same rules as in `takeSlot`, turned round: that one is asked about one start and looks at
 * everything, this one is asked for all starts and sorts first what it looks at, so that ten thousand sessions in the
 * range cost one pass. A property test holds the two to the same answers.
 */

export interface SlotsWanted extends Interval {
  readonly practitionerId: Uuid;
  readonly sessionType: string;
  readonly durationMinutes: number;
  /** Epoch ms at which the booking would be made. */
  readonly at: number;
  /**
   * The practitioner's sessions, in either role, that touch [from, to + duration) or come within a buffer of it; with a
   * limit of sessions a day, all of the days on which slots are wanted.
   */
  readonly busy: readonly Taken[];
}

const minuteMs = 60_000;

/** Starts are offered every quarter of an hour from each window's start (contract §8). */
const gridMs = 15 * minuteMs;

/**
 * The starts within [from, to), epoch ms and ascending, at which a booking made at `at` would be accepted as far as
 * the practitioner is concerned.
 */
export function slotsOf(practice: Practice, wanted: SlotsWanted): number[] {
  const { practitionerId, sessionType, durationMinutes, busy, at } = wanted;
  if (priceOf(practice, sessionType, durationMinutes) === null) return [];

  const durationMs = durationMinutes * minuteMs;
  const from = Math.max(wanted.from, earliestStart(practice, at));
  const to = Math.min(wanted.to, latestStart(practice, at) + 1);
  if (from >= to) return [];

  const pieces = piecesOf(practice, from, to + durationMs);
  const starts = fitting(gridStarts(pieces, to), openPieces(pieces, practice.timeOff), durationMs);
  const free = freeStarts(busy, { practitionerId, bufferMinutes: practice.bufferMinutes, durationMs }, starts);
  const full = fullDays(busy, practitionerId, practice);
  return full.size === 0 ? free : free.filter((start) => !full.has(localDayOf(practice.timeZone, start)));
}

/** The starts before `to` on each piece's own grid, ascending, each once. */
function gridStarts(pieces: readonly Piece[], to: number): number[] {
  const starts = new Set<number>();
  for (const piece of pieces) {
    const { anchor, from } = piece;
    const end = Math.min(piece.to, to);
    const first = anchor + Math.ceil((from - anchor) / gridMs) * gridMs;
    for (let start = first; start < end; start += gridMs) starts.add(start);
  }
  return [...starts].sort((a, b) => a - b);
}

/** Those of the ascending starts from which a session lies within one of the ascending intervals. */
function fitting(starts: readonly number[], open: readonly Interval[], durationMs: number): number[] {
  let next = 0;
  return starts.filter((start) => {
    while ((open[next]?.to ?? Number.POSITIVE_INFINITY) <= start) next += 1;
    const interval = open[next];
    return interval !== undefined && interval.from <= start && start + durationMs <= interval.to;
  });
}
