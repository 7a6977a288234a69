import { z } from 'zod';
import { roles } from '../../shared/contract/roles.ts';
import {
  amountMax,
  durationMinutesMax,
  emailLengthMax,
  instant,
  nameLengthMax,
  text,
} from '../../shared/contract/wire.ts';
import { isTimeZone } from '../../shared/domain/time-zone.ts';

const sessionTypeLengthMax = 100;
const pricesMax = 200;
const windowsMax = 100;
const extraWindowsMax = 366;
const timeOffMax = 500;
const horizonDaysMax = 730;
const sessionsPerDayMax = 1_440;

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

const hours = {
  start: z.string().regex(timeOfDay, 'must be a time such as 09:00'),
  end: z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time such as 17:00, or 24:00'),
};

const endsLater = { path: ['end'], message: 'must be later than start, on the same day' };

const window = z
  .strictObject({ weekday: z.int().min(1).max(7).meta({ description: '1 is Monday.' }), ...hours })
  .refine(({ start, end }) => start < end, endsLater);

const dateWindow = z
  .strictObject({ date: z.iso.date().meta({ description: "Of the practitioner's zone." }), ...hours })
  .refine(({ start, end }) => start < end, endsLater);

const timeOff = z
  .strictObject({ from: instant, to: instant })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ['to'], message: 'must be later than from' });

const cancellationPolicy = z.strictObject({
  freeUntilHours: z.int().min(0).max(8_760),
  lateRefundPercent: z.int().min(0).max(100),
});

interface Hours {
  readonly start: string;
  readonly end: string;
}

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
    .refine((windows) => areApart(windows, ({ weekday }) => weekday), 'must not have windows of one day that overlap')
    .default([]),
  extraWindows: z
    .array(dateWindow)
    .max(extraWindowsMax)
    .refine((windows) => areApart(windows, ({ date }) => date), 'must not have windows of one date that overlap')
    .default([])
    .meta({ description: 'Hours of single dates, besides the weekly ones.' }),
  timeOff: z.array(timeOff).max(timeOffMax).default([]),
  bufferMinutes: z.int().min(0).max(240).default(0),
  minimumNoticeMinutes: z.int().min(0).max(525_600).default(0),
  bookingHorizonDays: z
    .int()
    .min(1)
    .max(horizonDaysMax)
    .nullable()
    .default(null)
    .meta({ description: 'How far ahead a session may begin, in days of 24 hours; null: no limit.' }),
  sessionsPerDayMax: z
    .int()
    .min(1)
    .max(sessionsPerDayMax)
    .nullable()
    .default(null)
    .meta({ description: 'How many sessions may begin on one day of the zone; null: no limit.' }),
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
    extraWindows: z.array(z.object({ date: z.string(), start: z.string(), end: z.string() })),
    bookingHorizonDays: z.int().nullable(),
    sessionsPerDayMax: z.int().nullable(),
    version: z.int().meta({ description: 'One more with every PUT that changes the page; also its ETag.' }),
    cancellationPolicy,
  })
  .meta({ id: 'Practitioner' });

export const slotSchema = z
  .object({
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    localStartsAt: z.iso.datetime({ offset: true }).meta({
      description:
        'The start as the wall clock of the practitioner’s zone shows it, with its offset from UTC. When clocks are ' +
        'put back a wall time comes twice, and is offered for each of its two instants, told apart by the offset; ' +
        'a wall time that is skipped is never offered.',
      example: '2026-10-25T02:30:00+02:00',
    }),
    credits: z.int(),
  })
  .meta({ id: 'Slot' });

function areDistinct(keys: readonly string[]): boolean {
  return new Set(keys).size === keys.length;
}

/** Windows of one day may adjoin; times of day compare as text. */
function areApart<Window extends Hours>(
  windows: readonly Window[],
  dayOf: (window: Window) => string | number,
): boolean {
  const ends = new Map<string | number, string>();
  return windows
    .toSorted((a, b) => (a.start < b.start ? -1 : 1))
    .every((window) => {
      const before = ends.get(dayOf(window)) ?? '';
      ends.set(dayOf(window), window.end);
      return before <= window.start;
    });
}
