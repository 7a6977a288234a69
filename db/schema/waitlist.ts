import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { FreedSlot, WaitlistStatus } from '../../shared/domain/state.ts';
import { instant } from './columns.ts';
import { users } from './directory.ts';

/** Who takes a session with a practitioner when one becomes free in a range of time. */
export const waitlistEntries = pgTable(
  'waitlist_entries',
  {
    /** The id of the operation that joined. */
    id: uuid('id').primaryKey(),
    clientId: uuid('client_id')
      .notNull()
      .references(() => users.id),
    practitionerId: uuid('practitioner_id')
      .notNull()
      .references(() => users.id),
    status: text('status').$type<WaitlistStatus>().notNull(),
    /** The whole session lies within [begins_at, ends_at). */
    beginsAt: instant('begins_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    durationMinutes: integer('duration_minutes').notNull(),
    sessionType: text('session_type').notNull(),
    joinedAt: instant('joined_at').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    endedAt: instant('ended_at'),
    /** Null once it has ended: what indexes find those by who still wait. */
    waitingPractitionerId: uuid('waiting_practitioner_id').generatedAlwaysAs(
      sql`case when status = 'waiting' then practitioner_id end`,
    ),
  },
  (t) => [
    index('waitlist_entries_of_practitioner').on(t.waitingPractitionerId, t.joinedAt),
    uniqueIndex('waitlist_entries_one_per_client_and_practitioner').on(t.clientId, t.waitingPractitionerId),
    check('waitlist_entries_status_known', sql`${t.status} in ('waiting', 'fulfilled', 'left', 'over')`),
    check('waitlist_entries_end_after_start', sql`${t.endsAt} > ${t.beginsAt} and ${t.durationMinutes} > 0`),
    check('waitlist_entries_of_two_people', sql`${t.clientId} <> ${t.practitionerId}`),
    check('waitlist_entries_ended_iff_not_waiting', sql`(${t.status} = 'waiting') = (${t.endedAt} is null)`),
  ],
);

/** Times of sessions that were cancelled or moved away while somebody waited, on their way along the waitlist. */
export const freedSlots = pgTable(
  'freed_slots',
  {
    /** The id of the operation that freed it. */
    id: uuid('id').primaryKey(),
    practitionerId: uuid('practitioner_id')
      .notNull()
      .references(() => users.id),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    status: text('status').$type<FreedSlot['status']>().notNull(),
    /** Entries, in the order of their turns. */
    offeredTo: uuid('offered_to').array().notNull().default(sql`'{}'`),
    /** Of the last turn. */
    holdId: uuid('hold_id'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('freed_slots_open').on(t.createdAt).where(sql`${t.status} = 'open'`),
    check('freed_slots_status_known', sql`${t.status} in ('open', 'closed')`),
    check('freed_slots_end_after_start', sql`${t.endsAt} > ${t.startsAt}`),
    check('freed_slots_offered_by_a_hold', sql`(${t.holdId} is null) = (${t.offeredTo} = '{}')`),
  ],
);
