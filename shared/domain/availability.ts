import { isSlotTaken } from './conflicts.ts';
import type { Uuid } from './ids.ts';
import type { Interval } from './interval.ts';
import type { Booking, Practice, Price, TimeOff, WeeklyWindow } from './state.ts';
import { offsetSpans } from './time-zone.ts';

/*
 * The rule. A practitioner is available at an instant iff the wall clock of their zone then shows a time inside one
 * of that weekday's windows, and no time off covers the instant. A session fits iff they are available at every
 * instant of it.
 *
 * Everything about clock changes follows: wall times that are skipped never occur, those that are shown twice occur
 * twice, and windows that adjoin (also 24:00 and the next day's 00:00, or the edges of a skipped hour) are one.
 */

export interface SlotsWanted extends Interval {
  readonly practitionerId: Uuid;
  readonly sessionType: string;
  readonly durationMinutes: number;
  /** Epoch ms at which the booking would be made. */
  readonly at: number;
  /** The practitioner's sessions, in either role, that touch [from, to + duration) or come within a buffer of it. */
  readonly busy: readonly Booking[];
}

/** A part of a window in which clocks run evenly; `anchor` is when the window began, or would have. */
interface Piece extends Interval {
  readonly anchor: number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Starts are offered every quarter of an hour from each window's start (contract §8). */
const gridMs = 15 * minuteMs;

/** Whether the practitioner works during the whole of [from, to), epoch ms. */
export function isAvailable(practice: Practice, from: number, to: number): boolean {
  const [open] = openIntervals(practice, from, to);
  return open !== undefined && open.from === from && open.to === to;
}

/** When the practitioner works within [from, to), epoch ms: disjoint, not adjoining, in order. */
export function openIntervals(practice: Practice, from: number, to: number): Interval[] {
  return withoutTimeOff(joined(piecesOf(practice, from, to)), practice.timeOff);
}

/** The price of such a session, or null when the practitioner does not offer it. */
export function priceOf(practice: Practice, sessionType: string, durationMinutes: number): Price | null {
  const offered = practice.prices.find(
    (price) => price.sessionType === sessionType && price.durationMinutes === durationMinutes,
  );
  return offered ?? null;
}

/** The earliest start that a booking made at `at` may have, epoch ms. */
export function earliestStart(practice: Practice, at: number): number {
  return at + practice.minimumNoticeMinutes * minuteMs;
}

/**
 * The starts within [from, to), epoch ms and ascending, at which a booking made at `at` would be accepted as far as
 * the practitioner is concerned.
 */
export function slotsOf(practice: Practice, wanted: SlotsWanted): number[] {
  const { practitionerId, sessionType, durationMinutes, busy } = wanted;
  if (priceOf(practice, sessionType, durationMinutes) === null) return [];

  const duration = durationMinutes * minuteMs;
  const from = Math.max(wanted.from, earliestStart(practice, wanted.at));
  const fitting = openIntervals(practice, from, wanted.to + duration).flatMap((open) =>
    gridStarts(piecesOf(practice, open.from, Math.min(open.to - duration + 1, wanted.to))),
  );
  return [...new Set(fitting)]
    .filter(
      (start) => !isSlotTaken(busy, practitionerId, practice.bufferMinutes, { from: start, to: start + duration }),
    )
    .sort((a, b) => a - b);
}

function gridStarts(pieces: readonly Piece[]): number[] {
  return pieces.flatMap(({ anchor, from, to }) => {
    const first = anchor + Math.ceil((from - anchor) / gridMs) * gridMs;
    return Array.from({ length: Math.max(0, Math.ceil((to - first) / gridMs)) }, (_, step) => first + step * gridMs);
  });
}

/** The parts of the weekly windows that lie within [from, to), in no particular order. */
function piecesOf({ timeZone, availability }: Practice, from: number, to: number): Piece[] {
  if (from >= to) return [];
  const pieces: Piece[] = [];
  for (const span of offsetSpans(timeZone, from, to)) {
    const spanFrom = Math.max(from, span.from);
    const spanTo = Math.min(to, span.to);
    // Within a span wall time is UTC plus a constant, so that local days are plain arithmetic.
    const lastDay = Math.floor((spanTo - 1 + span.offset) / dayMs);
    for (let day = Math.floor((spanFrom + span.offset) / dayMs); day <= lastDay; day += 1) {
      for (const window of availability) {
        if (window.weekday !== weekdayOf(day)) continue;
        const piece = pieceOf(window, day * dayMs - span.offset, spanFrom, spanTo);
        if (piece.from < piece.to) pieces.push(piece);
      }
    }
  }
  return pieces;
}

function pieceOf({ start, end }: WeeklyWindow, midnight: number, from: number, to: number): Piece {
  const anchor = midnight + timeOfDay(start);
  return { anchor, from: Math.max(from, anchor), to: Math.min(to, midnight + timeOfDay(end)) };
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

function withoutTimeOff(intervals: Interval[], timeOff: readonly TimeOff[]): Interval[] {
  let open = intervals;
  for (const off of timeOff) {
    if (open.length === 0) break;
    const from = Date.parse(off.from);
    const to = Date.parse(off.to);
    // Nothing is off between an end and a later start, and cutting there would tear an interval apart.
    if (from < to) open = open.flatMap((interval) => outside(interval, from, to));
  }
  return open;
}

/** What of an interval lies before `from` or after `to`. */
function outside(interval: Interval, from: number, to: number): Interval[] {
  if (to <= interval.from || interval.to <= from) return [interval];
  const before = { from: interval.from, to: from };
  const after = { from: to, to: interval.to };
  return [before, after].filter((part) => part.from < part.to);
}
