import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { CancellationPolicy, DateWindow, Price, TimeOff, WeeklyWindow } from '../../shared/domain/state.ts';
import { instant } from './columns.ts';

/** The directory: everybody who can sign in. Never deleted, only marked: bookings and the ledger refer to it. */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    email: text('email').notNull(),
    firstName: text('first_name').notNull(),
    lastName: text('last_name').notNull(),
    roles: text('roles').array().notNull(),
    timeZone: text('time_zone').notNull(),
    active: boolean('active').notNull(),
    emailVerified: boolean('email_verified').notNull(),
    deletedAt: instant('deleted_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [index('users_by_address').on(sql`lower(${t.email})`)],
);

/** A practitioner page: what the person with the same id offers, replaced as a whole by every PUT. */
export const practitioners = pgTable(
  'practitioners',
  {
    id: uuid('id')
      .primaryKey()
      .references(() => users.id),
    timeZone: text('time_zone').notNull(),
    prices: jsonb('prices').$type<readonly Price[]>().notNull(),
    availability: jsonb('availability').$type<readonly WeeklyWindow[]>().notNull(),
    timeOff: jsonb('time_off').$type<readonly TimeOff[]>().notNull(),
    bufferMinutes: integer('buffer_minutes').notNull(),
    minimumNoticeMinutes: integer('minimum_notice_minutes').notNull(),
    cancellationPolicy: jsonb('cancellation_policy').$type<CancellationPolicy>().notNull(),
    extraWindows: jsonb('extra_windows').$type<readonly DateWindow[]>().notNull().default([]),
    /** Null: no limit. */
    bookingHorizonDays: integer('booking_horizon_days'),
    /** Null: no limit. */
    sessionsPerDayMax: integer('sessions_per_day_max'),
    /** One more with every PUT that changes something. */
    version: integer('version').notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    check('practitioners_buffer_bounded', sql`${t.bufferMinutes} between 0 and 240`),
    check('practitioners_notice_not_negative', sql`${t.minimumNoticeMinutes} >= 0`),
    check('practitioners_horizon_bounded', sql`${t.bookingHorizonDays} between 1 and 730`),
    check('practitioners_day_takes_a_session', sql`${t.sessionsPerDayMax} >= 1`),
  ],
);
