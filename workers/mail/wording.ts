import { Temporal } from 'temporal-polyfill';
import { minorDigitsOf } from '../../shared/domain/money.ts';

/*
 * Names of days and months are our own: those of `Intl` differ between versions of Node, and the same mail rendered
 * twice would differ with them.
 */
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];

const minuteMs = 60_000;

/** "14 November 2026, 09:30": short enough for a subject. */
export function startWorded(startsAt: number, timeZone: string): string {
  const start = zoned(startsAt, timeZone);
  return `${dateOf(start)}, ${timeOf(start)}`;
}

/**
 * "Saturday, 14 November 2026, 09:30 to 10:20 (Europe/Berlin, UTC+01:00)". The end says its day when that is another
 * one, and its offset when clocks change during the session.
 */
export function spanWorded(startsAt: number, endsAt: number, timeZone: string): string {
  const start = zoned(startsAt, timeZone);
  const end = zoned(endsAt, timeZone);
  const endDay = start.toPlainDate().equals(end.toPlainDate()) ? '' : `${dayOf(end)}, `;
  const from = `${dayOf(start)}, ${timeOf(start)}`;
  const to = `${endDay}${timeOf(end)}`;
  return start.offset === end.offset
    ? `${from} to ${to} (${zoneOf(start)})`
    : `${from} (${zoneOf(start)}) to ${to} (UTC${end.offset})`;
}

/** "50 minutes". */
export function lengthWorded(startsAt: number, endsAt: number): string {
  return counted(Math.round((endsAt - startsAt) / minuteMs), 'minute');
}

/** "1 credit", "1,250 credits". */
export function creditsWorded(amount: number): string {
  return counted(amount, 'credit');
}

/** "1 point", "1,250 points". */
export function pointsWorded(amount: number): string {
  return counted(amount, 'point');
}

/** "1,250.00 EUR", "500 JPY", "1.250 KWD": with as many digits as the currency has, whatever the reader's language. */
export function moneyWorded(minor: number, currency: string): string {
  const digits = minorDigitsOf(currency);
  const written = String(minor).padStart(digits + 1, '0');
  const whole = grouped(written.slice(0, written.length - digits));
  return digits === 0 ? `${whole} ${currency}` : `${whole}.${written.slice(-digits)} ${currency}`;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

function counted(count: number, unit: string): string {
  return `${grouped(String(count))} ${unit}${count === 1 ? '' : 's'}`;
}

function zoned(instant: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone);
}

function zoneOf({ timeZoneId, offset }: Temporal.ZonedDateTime): string {
  return timeZoneId === 'UTC' ? 'UTC' : `${timeZoneId}, UTC${offset}`;
}

function dayOf(moment: Temporal.ZonedDateTime): string {
  return `${weekdays[moment.dayOfWeek - 1]}, ${dateOf(moment)}`;
}

function dateOf({ day, month, year }: Temporal.ZonedDateTime): string {
  return `${day} ${months[month - 1]} ${year}`;
}

function timeOf({ hour, minute }: Temporal.ZonedDateTime): string {
  return `${twoDigits(hour)}:${twoDigits(minute)}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}
