import { Temporal } from 'temporal-polyfill';
import type { Interval } from './interval.ts';

/** A stretch of time in which a zone's clocks show `offset` ms more than UTC; without a transition, endless. */
export interface OffsetSpan extends Interval {
  readonly offset: number;
}

/** A zone has two spans a year, and bookings lie within a few years: more than this is somebody probing far dates. */
const spansPerZoneMax = 64;

/** There are some 600 names; spellings that differ in case only would otherwise fill the memory. */
const zonesMax = 1_000;

const dayMs = 24 * 3_600_000;

/** Offsets are the same for ever, so remembering them changes no answer; a miss costs some 50 µs, a hit nothing. */
const spansByZone = new Map<string, OffsetSpan[]>();

/**
 * Whether `name` is a time zone of the IANA database, in any case. Offsets ("+02:00") are not: they know no summer
 * time. Nor are abbreviations that only ICU knows ("PST", "IST"), and which name several zones.
 */
export function isTimeZone(name: string): boolean {
  // ICU still carries names that IANA removed in 2020 and that PostgreSQL does not know.
  if (!/^[a-z]/i.test(name) || /^systemv\//i.test(name)) return false;
  try {
    // Each refuses what the other lets through: Intl annotations and offsets, Temporal the abbreviations.
    new Intl.DateTimeFormat('en', { timeZone: name });
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * The spans of constant offset that cover [from, to), in order; the first and the last may reach beyond. Throws a
 * RangeError for a zone that does not exist.
 */
export function offsetSpans(timeZone: string, from: number, to: number): OffsetSpan[] {
  let last = spanAt(timeZone, from);
  const spans = [last];
  while (last.to < to) {
    last = spanAt(timeZone, last.to);
    spans.push(last);
  }
  return spans;
}

/** The day that the zone's calendar shows at an instant, counted from 1970-01-01. */
export function localDayOf(timeZone: string, instant: number): number {
  return Math.floor((instant + spanAt(timeZone, instant).offset) / dayMs);
}

/**
 * What the zone's wall clock shows at an instant, and how far it is from UTC (RFC 3339). Of two instants at which it
 * shows the same, each has its own text. Offsets have been whole minutes since 1972.
 */
export function wallTimeOf(timeZone: string, instant: number): string {
  const { offset } = spanAt(timeZone, instant);
  const minutes = Math.abs(offset) / 60_000;
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
  return `${new Date(instant + offset).toISOString().slice(0, 19)}${offset < 0 ? '-' : '+'}${hour}:${minute}`;
}

function spanAt(timeZone: string, instant: number): OffsetSpan {
  const known = knownSpans(timeZone);
  for (const span of known) {
    if (span.from <= instant && instant < span.to) return span;
  }
  const found = findSpan(timeZone, instant);
  if (known.length >= spansPerZoneMax) known.length = 0;
  known.push(found);
  return found;
}

function knownSpans(timeZone: string): OffsetSpan[] {
  const known = spansByZone.get(timeZone);
  if (known !== undefined) return known;
  if (spansByZone.size >= zonesMax) spansByZone.clear();
  const none: OffsetSpan[] = [];
  spansByZone.set(timeZone, none);
  return none;
}

function findSpan(timeZone: string, instant: number): OffsetSpan {
  const here = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone);
  const next = here.getTimeZoneTransition('next');
  // "Previous" is strictly earlier, but a span begins with its transition: ask from a moment later.
  const previous = here.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  return {
    from: previous?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    to: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offset: here.offsetNanoseconds / 1_000_000,
  };
}
