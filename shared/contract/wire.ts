import { z } from 'zod';

/** The largest amount of one operation, in whole credits: far above any real one, far below what doubles can count. */
export const amountMax = 1_000_000_000;

/** Names, as in the directory. */
export const nameLengthMax = 200;

/** As long as an address can be. */
export const emailLengthMax = 320;

/** Notes, reasons, descriptions. */
export const textLengthMax = 2_000;

/** A session lasts at most a day: weekly hours do not cross midnight. */
export const durationMinutesMax = 24 * 60;

const unstorable = /\0|\p{Surrogate}/u;

/**
 * Text as callers may send it. PostgreSQL cannot store NUL, and lone surrogates are not UTF-8: both are refused here,
 * where the caller can still be told.
 */
export function text(lengthMax: number) {
  return z
    .string()
    .max(lengthMax)
    .refine((value) => !unstorable.test(value), 'must not contain NUL or unpaired surrogates');
}

/** A user, booking or other id: any UUID, stored and compared in lower case. */
export const id = z.guid().toLowerCase();

const earliestMs = Date.UTC(1900, 0, 1);
const latestMs = Date.UTC(9000, 0, 1);

/** RFC 3339 with an offset; kept as it was sent. Bounded, because PostgreSQL reads no year 0 and none above 9999. */
export const instant = z.iso.datetime({ offset: true, abort: true }).refine((value) => {
  const ms = Date.parse(value);
  return ms >= earliestMs && ms < latestMs;
}, 'must lie between the years 1900 and 9000');

/** An instant on a whole minute (contract §8). */
export const wholeMinute = instant.refine((value) => Date.parse(value) % 60_000 === 0, 'must be on a whole minute');

export const amount = z.int().positive().max(amountMax);
