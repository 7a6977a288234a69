import { z } from 'zod';
import { roles } from '../../shared/contract/roles.ts';
import { amountMax, durationMinutesMax, instant, nameLengthMax, text } from '../../shared/contract/wire.ts';
import type { WeeklyWindow } from '../../shared/domain/state.ts';
import { isTimeZone } from '../../shared/domain/time-zone.ts';

const emailLengthMax = 320;
const sessionTypeLengthMax = 100;
const pricesMax = 200;
const windowsMax = 100;
const timeOffMax = 500;

const timeZone = text(100)
  .refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin')
  .meta({ description: 'IANA name.', examples: ['Europe/Berlin'] });

/** The body of `PUT /v1/users/{id}`. */
export const userEntry = z.strictObject({
  email: z.email().max(emailLengthMax),
  firstName: text(nameLengthMax),
  lastName: text(nameLengthMax),
  roles: z.array(z.enum(roles)).max(roles.length),
  timeZone: timeZone.default('UTC'),
  active: z.boolean().default(true),
  emailVerified: z.boolean().default(true),
});

export const userSchema = z
  .object({
    id: z.guid(),
    email: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    roles: z.array(z.string()),
    timeZone: z.string(),
    active: z.boolean(),
    emailVerified: z.boolean(),
  })
  .meta({ id: 'User' });

const price = z.strictObject({
  sessionType: text(sessionTypeLengthMax).min(1),
  durationMinutes: z.int().positive().max(durationMinutesMax),
  credits: z.int().min(0).max(amountMax),
});

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;

const window = z
  .strictObject({
    weekday: z.int().min(1).max(7).meta({ description: '1 is Monday.' }),
    start: z.string().regex(timeOfDay, 'must be a time such as 09:00'),
    end: z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time such as 17:00, or 24:00'),
  })
  .refine(({ start, end }) => start < end, { path: ['end'], message: 'must be later than start, on the same day' });

const timeOff = z
  .strictObject({ from: instant, to: instant })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ['to'], message: 'must be later than from' });

const cancellationPolicy = z.strictObject({
  freeUntilHours: z.int().min(0).max(8_760),
  lateRefundPercent: z.int().min(0).max(100),
});

/** The body of `PUT /v1/practitioners/{id}`. */
export const practiceEntry = z.strictObject({
  prices: z
    .array(price)
    .max(pricesMax)
    .refine((prices) => areDistinct(prices.map((one) => JSON.stringify([one.sessionType, one.durationMinutes]))), {
      message: 'must name each session type and duration once',
    }),
  timeZone: timeZone.default('UTC'),
  availability: z
    .array(window)
    .max(windowsMax)
    .refine(areApart, 'must not have windows of one day that overlap')
    .default([]),
  timeOff: z.array(timeOff).max(timeOffMax).default([]),
  bufferMinutes: z.int().min(0).max(240).default(0),
  minimumNoticeMinutes: z.int().min(0).max(525_600).default(0),
  cancellationPolicy: cancellationPolicy.default({ freeUntilHours: 0, lateRefundPercent: 0 }),
});

export const practitionerSchema = z
  .object({
    id: z.guid(),
    firstName: z.string(),
    lastName: z.string(),
    active: z.boolean().meta({ description: 'Whether they take bookings.' }),
    timeZone: z.string(),
    prices: z.array(price),
    availability: z.array(z.object({ weekday: z.int(), start: z.string(), end: z.string() })),
    timeOff: z.array(z.object({ from: z.string(), to: z.string() })),
    bufferMinutes: z.int(),
    minimumNoticeMinutes: z.int(),
    cancellationPolicy,
  })
  .meta({ id: 'Practitioner' });

export const slotSchema = z
  .object({ startsAt: z.iso.datetime(), endsAt: z.iso.datetime(), credits: z.int() })
  .meta({ id: 'Slot' });

function areDistinct(keys: readonly string[]): boolean {
  return new Set(keys).size === keys.length;
}

/** Windows may adjoin; times of day compare as text. */
function areApart(windows: readonly WeeklyWindow[]): boolean {
  const sorted = windows.toSorted((a, b) => a.weekday - b.weekday || (a.start < b.start ? -1 : 1));
  return sorted.every((current, position) => {
    const next = sorted[position + 1];
    return next === undefined || next.weekday !== current.weekday || current.end <= next.start;
  });
}
