import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { LotShare } from '../../shared/domain/lots.ts';
import type { BookingStatus, PeerSettlement } from '../../shared/domain/state.ts';
import { credits, instant } from './columns.ts';
import { users } from './directory.ts';

/** One row per booked session, with the price and the policy as they were when it was booked. */
export const bookings = pgTable(
  'bookings',
  {
    /** The id of the operation that made it: a booking cannot be made twice. */
    id: uuid('id').primaryKey(),
    clientId: uuid('client_id')
      .notNull()
      .references(() => users.id),
    practitionerId: uuid('practitioner_id')
      .notNull()
      .references(() => users.id),
    peer: boolean('peer').notNull(),
    status: text('status').$type<BookingStatus>().notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    bufferedUntil: instant('buffered_until').notNull(),
    timeZone: text('time_zone').notNull(),
    sessionType: text('session_type').notNull(),
    creditCost: credits('credit_cost').notNull(),
    refundedCredits: credits('refunded_credits').notNull().default(0),
    freeUntilHours: integer('free_until_hours').notNull(),
    lateRefundPercent: integer('late_refund_percent').notNull(),
    notes: text('notes'),
    cancelledBy: text('cancelled_by'),
    cancelledAt: instant('cancelled_at'),
    cancellationReason: text('cancellation_reason'),
    /** When the practitioner of a peer session gets its cost, as decided when it was booked. */
    settlement: text('settlement').$type<PeerSettlement>().notNull().default('at_booking'),
    noShow: text('no_show'),
    revision: integer('revision').notNull().default(0),
    /** Null: never moved. */
    firstStartsAt: instant('first_starts_at'),
    /** When it was moved last. */
    movedAt: instant('moved_at'),
    /** Where it takes place, once there is a video room. Not the batches' column: who delivers rooms writes it. */
    roomUrl: text('room_url'),
    /** Which lots have paid for it; null: none. */
    lots: jsonb('lots').$type<readonly LotShare[]>(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** Null unless it is booked; likewise the practitioner's. See the indexes. */
    openClientId: uuid('open_client_id').generatedAlwaysAs(sql`case when status = 'booked' then client_id end`),
    openPractitionerId: uuid('open_practitioner_id').generatedAlwaysAs(
      sql`case when status = 'booked' then practitioner_id end`,
    ),
  },
  (t) => [
    // Calendars look at sessions that are still to be held: those have indexes of their own, as small as the future is,
    // however many sessions are over. Each is found by its own column alone, so that a plan made for an empty table has
    // no other partial index to read as a whole. The ends are there so that what is over by then is passed over without
    // a look at its row.
    index('bookings_open_of_client').on(t.openClientId, t.startsAt, t.endsAt).where(sql`${t.openClientId} is not null`),
    index('bookings_open_of_practitioner')
      .on(t.openPractitionerId, t.startsAt, t.bufferedUntil)
      .where(sql`${t.openPractitionerId} is not null`),
    index('bookings_closed_of_client').on(t.clientId, t.startsAt, t.endsAt).where(sql`${t.openClientId} is null`),
    index('bookings_closed_of_practitioner')
      .on(t.practitionerId, t.startsAt, t.bufferedUntil)
      .where(sql`${t.openPractitionerId} is null`),
    index('bookings_open').on(t.startsAt).where(sql`${t.status} = 'booked'`),
    // For counts of a time past; neither costs anything when a session is booked.
    index('bookings_created').using('brin', t.createdAt),
    index('bookings_cancelled').on(t.createdAt, t.peer).where(sql`${t.status} = 'cancelled'`),
    check('bookings_status_known', sql`${t.status} in ('booked', 'completed', 'cancelled', 'no_show')`),
    check('bookings_end_after_start', sql`${t.endsAt} > ${t.startsAt} and ${t.bufferedUntil} >= ${t.endsAt}`),
    check('bookings_last_a_day_at_most', sql`${t.endsAt} <= ${t.startsAt} + interval '24 hours'`),
    check('bookings_of_two_people', sql`${t.clientId} <> ${t.practitionerId}`),
    check('bookings_refund_within_cost', sql`${t.refundedCredits} between 0 and ${t.creditCost}`),
    check('bookings_settlement_known', sql`${t.settlement} in ('at_booking', 'on_completion')`),
    check('bookings_missed_by_somebody', sql`(${t.status} = 'no_show') = (${t.noShow} is not null)`),
    check('bookings_cancelled_by_somebody', sql`(${t.status} = 'cancelled') = (${t.cancelledBy} is not null)`),
  ],
);
