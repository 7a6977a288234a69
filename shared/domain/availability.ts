import { groupedBy } from './grouped-by.ts';
import type { Interval } from './interval.ts';
import type { Practice, Price, TimeOff, WeeklyWindow } from './state.ts';
import { offsetSpans } from './time-zone.ts';

/*
 * The rule. A practitioner is available at an instant iff the wall clock of their zone then shows a time inside one
 * of that weekday's or that date's windows, and no time off covers the instant. A session fits iff they are available
 * at every instant of it.
 *
 * Everything about clock changes follows: wall times that are skipped never occur, those that are shown twice occur
 * twice, and windows that adjoin (also 24:00 and the next day's 00:00, or the edges of a skipped hour) are one.
 */

/** A part of a window in which clocks run evenly; `anchor` is when the window began, or would have. */
export interface Piece extends Interval {
  readonly anchor: number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Whether the practitioner works during the whole of [from, to), epoch ms. */
export function isAvailable(practice: Practice, from: number, to: number): boolean {
  const [open] = openIntervals(practice, from, to);
  return open !== undefined && open.from === from && open.to === to;
}

/** When the practitioner works within [from, to), epoch ms: disjoint, not adjoining, in order. */
export function openIntervals(practice: Practice, from: number, to: number): Interval[] {
  return openPieces(piecesOf(practice, from, to), practice.timeOff);
}

/** What of these pieces time off leaves: disjoint, not adjoining, in order. */
export function openPieces(pieces: readonly Piece[], timeOff: readonly TimeOff[]): Interval[] {
  return without(joined(pieces), joined(timeOff.flatMap(spanOf)));
}

/** The price of such a session, or null when the practitioner does not offer it. */
export function priceOf(practice: Practice, sessionType: string, durationMinutes: number): Price | null {
  const offered = practice.prices.find(
    (price) => price.sessionType === sessionType && price.durationMinutes === durationMinutes,
  );
  return offered ?? null;
}

/** What is wanted of a price; what is undefined does not matter. */
export interface PriceFilter {
  readonly sessionType?: string | undefined;
  readonly durationMinutes?: number | undefined;
  readonly minCredits?: number | undefined;
  readonly maxCredits?: number | undefined;
}

/** Of the prices that are all of this, that of the shortest session: wherever a longer one fits, it fits too. */
export function shortestPrice({ prices }: Practice, wanted: PriceFilter): Price | null {
  const { sessionType, durationMinutes, minCredits = 0, maxCredits = Number.POSITIVE_INFINITY } = wanted;
  const [shortest] = prices
    .filter(
      (price) =>
        price.sessionType === (sessionType ?? price.sessionType) &&
        price.durationMinutes === (durationMinutes ?? price.durationMinutes) &&
        minCredits <= price.credits &&
        price.credits <= maxCredits,
    )
    .sort((a, b) => a.durationMinutes - b.durationMinutes);
  return shortest ?? null;
}

/** The earliest start that a booking made at `at` may have, epoch ms. */
export function earliestStart(practice: Practice, at: number): number {
  return at + practice.minimumNoticeMinutes * minuteMs;
}

/** The latest one. */
export function latestStart({ bookingHorizonDays }: Practice, at: number): number {
  return bookingHorizonDays === null ? Number.POSITIVE_INFINITY : at + bookingHorizonDays * dayMs;
}

/** The parts of the windows that lie within [from, to), in no particular order. */
export function piecesOf({ timeZone, availability, extraWindows }: Practice, from: number, to: number): Piece[] {
  if (from >= to) return [];
  const pieces: Piece[] = [];
  // By the day, counted from 1970-01-01: a date alone is read as its midnight in UTC.
  const extras = groupedBy(extraWindows, ({ date }) => Date.parse(date) / dayMs);
  for (const span of offsetSpans(timeZone, from, to)) {
    const spanFrom = Math.max(from, span.from);
    const spanTo = Math.min(to, span.to);
    // Within a span wall time is UTC plus a constant, so that local days are plain arithmetic.
    const lastDay = Math.floor((spanTo - 1 + span.offset) / dayMs);
    for (let day = Math.floor((spanFrom + span.offset) / dayMs); day <= lastDay; day += 1) {
      const midnight = day * dayMs - span.offset;
      const weekday = weekdayOf(day);
      for (const window of availability) {
        if (window.weekday === weekday) addPiece(pieces, window, midnight, spanFrom, spanTo);
      }
      for (const window of extras.get(day) ?? []) addPiece(pieces, window, midnight, spanFrom, spanTo);
    }
  }
  return pieces;
}

/** Adds what of a day's window lies within [from, to), if anything does. */
function addPiece(
  pieces: Piece[],
  { start, end }: Pick<WeeklyWindow, 'start' | 'end'>,
  midnight: number,
  from: number,
  to: number,
): void {
  const anchor = midnight + timeOfDay(start);
  const piece = { anchor, from: Math.max(from, anchor), to: Math.min(to, midnight + timeOfDay(end)) };
  if (piece.from < piece.to) pieces.push(piece);
}

/** 1 (Monday) to 7 of a day counted from 1970-01-01, which was a Thursday. */
function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** Milliseconds after midnight of a wall time "09:30". */
function timeOfDay(wallTime: string): number {
  return (Number(wallTime.slice(0, 2)) * 60 + Number(wallTime.slice(3, 5))) * minuteMs;
}

function joined(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const { from, to } of intervals.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else merged.push({ from, to });
  }
  return merged;
}

/** Time off as an interval; none where it ends before it begins. */
function spanOf(off: TimeOff): Interval[] {
  const [from, to] = [Date.parse(off.from), Date.parse(off.to)];
  return from < to ? [{ from, to }] : [];
}

/** What of `intervals` lies outside `gaps`; both are disjoint and in order, and so is the answer. */
function without(intervals: readonly Interval[], gaps: readonly Interval[]): Interval[] {
  if (gaps.length === 0) return [...intervals];
  const left: Interval[] = [];
  let next = 0;
  for (const { from, to } of intervals) {
    let start = from;
    for (let gap = gaps[next]; gap !== undefined && gap.from < to; gap = gaps[next]) {
      if (start < gap.from) left.push({ from: start, to: gap.from });
      start = Math.max(start, gap.to);
      // One that reaches beyond this interval may reach into the next.
      if (gap.to > to) break;
      next += 1;
    }
    if (start < to) left.push({ from: start, to });
  }
  return left;
}
