import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Rejection } from '../shared/domain/decision.ts';
import type { JsonObject } from '../shared/domain/json.ts';
import type {
  BookingStatus,
  CancellationPolicy,
  PeerSettlement,
  Price,
  TimeOff,
  WeeklyWindow,
} from '../shared/domain/state.ts';

/**
 * Every table and the constraints that a table definition can hold. What the definition language lacks (exclusion
 * constraints, privileges, row-level security, storage settings) is in `migrations/0001_rules.sql`.
 *
 * A constraint that fires means that a decider has a bug: deciders are the first judge, the database is the second.
 */

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 6 });
const credits = (name: string) => bigint(name, { mode: 'number' });

/** The directory: everybody who can sign in. Never deleted, only marked: bookings and the ledger refer to it. */
export const users = pgTable('users', {
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
});

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
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    check('practitioners_buffer_bounded', sql`${t.bufferMinutes} between 0 and 240`),
    check('practitioners_notice_not_negative', sql`${t.minimumNoticeMinutes} >= 0`),
  ],
);

/**
 * The end of each lane, where acceptance hands out numbers. A row of its own, apart from `lane_heads`, so that
 * accepting an operation never waits for a worker that is applying the lane.
 */
export const laneTails = pgTable('lane_tails', {
  id: uuid('id').primaryKey(),
  lastSeq: bigint('last_seq', { mode: 'number' }).notNull(),
  /** Accepted times never decrease along a lane, whatever the clocks of the API processes say. */
  lastAcceptedAt: instant('last_accepted_at').notNull(),
});

/** The head of each lane: whoever holds this row's lock applies the lane. */
export const laneHeads = pgTable('lane_heads', {
  id: uuid('id').primaryKey(),
  /** Everything up to this number is settled or has left the lane for the reconciliation queue. */
  settledSeq: bigint('settled_seq', { mode: 'number' }).notNull().default(0),
  /** Operations behind the head that a person asked to apply again. */
  replays: uuid('replays').array().notNull().default(sql`'{}'`),
});

export const operationStatuses = [
  'accepted',
  'retrying',
  'processing',
  'succeeded',
  'rejected',
  'reconciling',
  'resolved',
] as const;

/** One row per accepted operation. Its primary key, derived from caller and key, is what makes a repeat harmless. */
export const operations = pgTable(
  'operations',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind').notNull(), // not an enum: a new kind must not need a migration
    lane: uuid('lane').notNull(),
    laneSeq: bigint('lane_seq', { mode: 'number' }).notNull(), // gapless per lane: the order in which it is applied
    callerId: uuid('caller_id').notNull(),
    callerRoles: text('caller_roles').array().notNull(),
    fingerprint: bytea('fingerprint').notNull(), // sha-256 of method, path and body; tells a repeat from a reused key
    payload: jsonb('payload').$type<JsonObject>().notNull(),
    acceptedAt: instant('accepted_at').notNull(),
    status: text('status', { enum: operationStatuses }).notNull().default('accepted'),
    attempts: integer('attempts').notNull().default(0),
    /** How often a worker process died while it had this operation in hand. */
    crashes: integer('crashes').notNull().default(0),
    dueAt: instant('due_at'),
    /** When a person last asked to apply it again; from then on the time at which it counts. */
    replayedAt: instant('replayed_at'),
    settledAt: instant('settled_at'),
    outcome: jsonb('outcome').$type<JsonObject>(),
    rejection: jsonb('rejection').$type<Rejection>(),
    resolution: jsonb('resolution').$type<{ by: string; note: string; at: string }>(),
    /** For operators and logs; never shown to callers. */
    lastError: text('last_error'),
  },
  (t) => [
    unique('operations_one_per_lane_position').on(t.lane, t.laneSeq),
    // The only other index: no index names `status`, so that settling stays a heap-only update. What waits is found
    // from here, starting at the low-water mark that the sweeper keeps.
    index('operations_accepted_at').on(t.acceptedAt),
    check(
      'operations_status_known',
      sql`${t.status} in ('accepted', 'retrying', 'processing', 'succeeded', 'rejected', 'reconciling', 'resolved')`,
    ),
    check('operations_outcome_iff_succeeded', sql`(${t.status} = 'succeeded') = (${t.outcome} is not null)`),
    check('operations_rejection_iff_rejected', sql`(${t.status} = 'rejected') = (${t.rejection} is not null)`),
    check('operations_resolution_iff_resolved', sql`(${t.status} = 'resolved') = (${t.resolution} is not null)`),
    check(
      'operations_settled_iff_final',
      sql`(${t.status} in ('succeeded', 'rejected', 'resolved')) = (${t.settledAt} is not null)`,
    ),
  ],
);

/** What a person has. The balance is what the ledger says; a row exists from the first touch on (000-10, 001-07). */
export const accounts = pgTable(
  'accounts',
  {
    id: uuid('id').primaryKey(),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id),
    asset: text('asset').notNull().default('credits'),
    balance: credits('balance').notNull().default(0),
    held: credits('held').notNull().default(0),
    debt: credits('debt').notNull().default(0),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    unique('accounts_one_per_owner_and_asset').on(t.ownerId, t.asset),
    check('accounts_never_below_zero', sql`${t.balance} >= 0`),
    check('accounts_holds_within_balance', sql`${t.held} between 0 and ${t.balance}`),
    check('accounts_debt_not_negative', sql`${t.debt} >= 0`),
  ],
);

/**
 * The ledger: one row moves an amount from one account to another, so that what can be written cannot be unbalanced.
 * Append-only: no role of the application may update or delete. House accounts have no `accounts` row and therefore
 * no balance here; the balance after follows from the balance before and the amount.
 */
export const transfers = pgTable(
  'transfers',
  {
    /** Derived from operation and position: writing the same transfer twice is impossible. */
    id: uuid('id').primaryKey(),
    /** Ledger order. Per account it is the order of commits, because writers hold the account's lock. */
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    operationId: uuid('operation_id').notNull(),
    debitAccount: uuid('debit_account').notNull(),
    creditAccount: uuid('credit_account').notNull(),
    amount: credits('amount').notNull(),
    debitType: text('debit_type').notNull(),
    creditType: text('credit_type').notNull(),
    source: text('source').notNull(),
    debitBefore: credits('debit_before'),
    creditBefore: credits('credit_before'),
    /** The account whose debt it raises (an advance) or lowers (a repayment: then also the debit side). */
    debtor: uuid('debtor'),
    referenceType: text('reference_type'),
    referenceId: uuid('reference_id'),
    description: text('description'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('transfers_of_debit_account').on(t.debitAccount, t.seq).where(sql`${t.debitBefore} is not null`),
    index('transfers_of_credit_account').on(t.creditAccount, t.seq).where(sql`${t.creditBefore} is not null`),
    check('transfers_move_something', sql`${t.amount} > 0`),
    check('transfers_between_two_accounts', sql`${t.debitAccount} <> ${t.creditAccount}`),
    check('transfers_never_overdraw', sql`${t.debitBefore} >= ${t.amount}`),
  ],
);

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
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('bookings_of_client').on(t.clientId, t.startsAt),
    index('bookings_of_practitioner').on(t.practitionerId, t.startsAt),
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

/** Amounts that are set aside (design.md §2.8). An account's `held` is the sum of its live ones. */
export const holds = pgTable(
  'holds',
  {
    id: uuid('id').primaryKey(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** The operation that placed it. */
    operationId: uuid('operation_id').notNull(),
    amount: credits('amount').notNull(),
    referenceType: text('reference_type').notNull(),
    referenceId: uuid('reference_id').notNull(),
    status: text('status', { enum: ['live', 'captured', 'released'] }).notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('holds_of_account').on(t.accountId).where(sql`${t.status} = 'live'`),
    check('holds_of_something', sql`${t.amount} > 0`),
    check('holds_status_known', sql`${t.status} in ('live', 'captured', 'released')`),
    check('holds_ended_iff_not_live', sql`(${t.status} = 'live') = (${t.endedAt} is null)`),
  ],
);

export interface ItemEvent {
  readonly at: string;
  readonly by: string;
  readonly action: 'opened' | 'retry' | 'reopened' | 'applied' | 'resolve' | 'dismiss';
  readonly note: string | null;
}

/** What waits for a person. One per subject, however often it fails. */
export const reconciliationItems = pgTable(
  'reconciliation_items',
  {
    id: uuid('id').primaryKey(),
    category: text('category', { enum: ['operation', 'effect', 'audit', 'payment'] }).notNull(),
    subjectId: text('subject_id').notNull(),
    kind: text('kind').notNull(),
    summary: text('summary').notNull(),
    error: text('error').notNull(),
    attempts: integer('attempts').notNull(),
    status: text('status', { enum: ['open', 'resolved', 'dismissed'] }).notNull(),
    openedAt: instant('opened_at').notNull(),
    history: jsonb('history').$type<readonly ItemEvent[]>().notNull(),
  },
  (t) => [
    unique('reconciliation_items_one_per_subject').on(t.category, t.subjectId),
    index('reconciliation_items_newest').on(t.openedAt),
    check('reconciliation_items_status_known', sql`${t.status} in ('open', 'resolved', 'dismissed')`),
  ],
);

/** What operators did, and who (contract §3: every action leaves an audit row). */
export const operatorActions = pgTable('operator_actions', {
  id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  at: instant('at').notNull().defaultNow(),
  by: text('by').notNull(),
  action: text('action').notNull(),
  subject: text('subject').notNull(),
  note: text('note'),
});

/** One-time sign-in links that have been used; a used one stays refused until it has expired anyway. */
export const usedLinks = pgTable('used_links', {
  id: text('id').primaryKey(),
  expiresAt: instant('expires_at').notNull(),
});

/** Reports of `POST /v1/audit`; the newest is what `GET /v1/audit` answers. */
export const auditRuns = pgTable('audit_runs', {
  id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  ranAt: instant('ran_at').notNull(),
  ok: boolean('ok').notNull(),
  durationMs: integer('duration_ms').notNull(),
  checks: jsonb('checks').$type<readonly AuditCheck[]>().notNull(),
});

export interface AuditCheck {
  readonly name: string;
  readonly violations: number;
  readonly sample: readonly JsonObject[];
}

/** One row: no operation accepted before this instant is waiting. The sweeper moves it, the API counts from it. */
export const lowWater = pgTable(
  'low_water',
  {
    singleton: boolean('singleton').primaryKey().default(true),
    acceptedAt: instant('accepted_at').notNull(),
  },
  (t) => [check('low_water_is_one_row', sql`${t.singleton}`)],
);

/**
 * What each committer of each worker process has in hand. A row whose process is gone names the operations that it
 * died with. Unlogged: it only has to survive the death of workers, not of PostgreSQL.
 */
export const batchesInHand = pgTable(
  'batches_in_hand',
  {
    workerId: text('worker_id').notNull(),
    committer: integer('committer').notNull(),
    operations: uuid('operations').array().notNull(),
  },
  (t) => [primaryKey({ columns: [t.workerId, t.committer] })],
);

/** Data that were put in once, by name. */
export const seeds = pgTable('seeds', {
  name: text('name').primaryKey(),
  at: instant('at').notNull().defaultNow(),
});
