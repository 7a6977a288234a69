import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

/** Who hears of what has happened, and how they know that it was us. */
export const eventEndpoints = pgTable(
  'event_endpoints',
  {
    id: uuid('id').primaryKey(),
    url: text('url').notNull(),
    /** The types it wants to hear of; null: all, also those to come. */
    types: text('types').array(),
    /** Signs; readable by the role that delivers, not by the one that callers read with. */
    secret: text('secret').notNull(),
    /** Signs as well until it ends, so that a subscriber can take the new one over without missing anything. */
    previousSecret: text('previous_secret'),
    previousSecretUntil: instant('previous_secret_until'),
    createdAt: instant('created_at').notNull().defaultNow(),
    lastSuccessAt: instant('last_success_at'),
    /** Disabled: what happens is kept for it, nothing is sent. */
    disabledAt: instant('disabled_at'),
    disabledReason: text('disabled_reason'),
    /** Gone for everybody; the row stays until its deliveries are cleared away. */
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    check('event_endpoints_disabled_for_a_reason', sql`(${t.disabledAt} is null) = (${t.disabledReason} is null)`),
    check(
      'event_endpoints_previous_secret_ends',
      sql`(${t.previousSecret} is null) = (${t.previousSecretUntil} is null)`,
    ),
  ],
);

/**
 * One row for every event that an endpoint has heard of or is to hear of, written in the transaction that settles the
 * operation: there is no cursor that a late commit could slip past. What is told is in the operation's own row.
 *
 * No foreign keys: they would lock the endpoint's row from every batch at once, for rows that are cleared away anyway.
 */
export const eventDeliveries = pgTable(
  'event_deliveries',
  {
    /** Of its own, so that no statement that means one row can be planned to look for it among all that wait. */
    id: uuid('id').primaryKey().defaultRandom(),
    endpointId: uuid('endpoint_id').notNull(),
    /** Also the id of the event: an operation succeeds once. */
    operationId: uuid('operation_id').notNull(),
    type: text('type').notNull(),
    lane: uuid('lane').notNull(),
    /** Pending ones of a lane are delivered in this order, one after the other. */
    laneSeq: bigint('lane_seq', { mode: 'number' }).notNull(),
    status: text('status', { enum: ['pending', 'delivered'] })
      .notNull()
      .default('pending'),
    /** When it was put in line, or back into it. */
    queuedAt: instant('queued_at').notNull().defaultNow(),
    /** Never decreases: a process that has lost its lease and comes back late is known by it. */
    attempts: integer('attempts').notNull().default(0),
    /** In a row, since it was put in line; says how long the next pause is. */
    failures: integer('failures').notNull().default(0),
    failingSince: instant('failing_since'),
    /** When it is tried again after a failure; null while it has not failed. */
    dueAt: instant('due_at'),
    /** Until then it is in some process's hands. */
    leasedUntil: instant('leased_until'),
    lastAttemptAt: instant('last_attempt_at'),
    lastStatusCode: integer('last_status_code'),
    lastError: text('last_error'),
    deliveredAt: instant('delivered_at'),
  },
  (t) => [
    unique('event_deliveries_one_per_event').on(t.endpointId, t.operationId),
    index('event_deliveries_newest').on(t.endpointId, t.queuedAt, t.operationId),
    // The heads of lanes are found from here, lane by lane, however much waits behind them.
    index('event_deliveries_pending').on(t.endpointId, t.lane, t.laneSeq).where(sql`${t.status} = 'pending'`),
    index('event_deliveries_failing')
      .on(t.endpointId, t.dueAt)
      .where(sql`${t.status} = 'pending' and ${t.dueAt} is not null`),
    check('event_deliveries_status_known', sql`${t.status} in ('pending', 'delivered')`),
    check('event_deliveries_delivered_at_some_time', sql`(${t.status} = 'delivered') = (${t.deliveredAt} is not null)`),
    check('event_deliveries_due_iff_failing', sql`(${t.dueAt} is null) = (${t.failingSince} is null)`),
    check(
      'event_deliveries_delivered_is_over',
      sql`${t.status} = 'pending' or (${t.dueAt} is null and ${t.leasedUntil} is null)`,
    ),
  ],
);
