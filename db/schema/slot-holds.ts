import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { SlotHoldStatus } from '../../shared/domain/state.ts';
import { instant } from './columns.ts';
import { users } from './directory.ts';

/**
 * Slots that are kept for somebody who is about to book them. Nothing happens when one runs out: whoever reads it
 * compares `expires_at`. That no two keep the same time is for deciders alone, because a constraint knows no time.
 */
export const slotHolds = pgTable(
  'slot_holds',
  {
    /** The id of the operation that took it. */
    id: uuid('id').primaryKey(),
    holderId: uuid('holder_id')
      .notNull()
      .references(() => users.id),
    practitionerId: uuid('practitioner_id')
      .notNull()
      .references(() => users.id),
    /** `live` also when it has run out. */
    status: text('status').$type<SlotHoldStatus>().notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    bufferedUntil: instant('buffered_until').notNull(),
    sessionType: text('session_type').notNull(),
    expiresAt: instant('expires_at').notNull(),
    /** Null unless a freed slot is offered by it. */
    waitlistEntryId: uuid('waitlist_entry_id'),
    createdAt: instant('created_at').notNull().defaultNow(),
    endedAt: instant('ended_at'),
    /**
     * Null once it was ended. Live holds are found by it rather than by partial indexes, because the plan for an empty
     * table reads a partial index as a whole, and is kept when the table has grown.
     */
    livePractitionerId: uuid('live_practitioner_id').generatedAlwaysAs(
      sql`case when status = 'live' then practitioner_id end`,
    ),
    /** The same, and null for what is offered: only what somebody has asked for is one per practitioner. */
    askedPractitionerId: uuid('asked_practitioner_id').generatedAlwaysAs(
      sql`case when status = 'live' and waitlist_entry_id is null then practitioner_id end`,
    ),
  },
  (t) => [
    index('slot_holds_of_practitioner').on(t.livePractitionerId, t.startsAt),
    uniqueIndex('slot_holds_one_per_holder_and_practitioner').on(t.holderId, t.askedPractitionerId),
    index('slot_holds_of_waitlist_entry').on(t.waitlistEntryId),
    check('slot_holds_status_known', sql`${t.status} in ('live', 'used', 'released', 'replaced')`),
    check('slot_holds_end_after_start', sql`${t.endsAt} > ${t.startsAt} and ${t.bufferedUntil} >= ${t.endsAt}`),
    check('slot_holds_last_a_day_at_most', sql`${t.endsAt} <= ${t.startsAt} + interval '24 hours'`),
    check('slot_holds_of_two_people', sql`${t.holderId} <> ${t.practitionerId}`),
    check('slot_holds_ended_iff_not_live', sql`(${t.status} = 'live') = (${t.endedAt} is null)`),
  ],
);
