import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { credits, instant } from './columns.ts';
import { users } from './directory.ts';

/** What Stripe prices give (contract §3). */
export const plans = pgTable(
  'plans',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    stripePriceId: text('stripe_price_id').notNull(),
    creditsPerPeriod: credits('credits_per_period').notNull(),
    expiresAfterDays: integer('expires_after_days'),
    /** How much of earlier allocations may be left when a new period is given; null: all. */
    rolloverMax: credits('rollover_max'),
    drip: text('drip', { enum: ['monthly'] }),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    unique('plans_one_per_price').on(t.stripePriceId),
    check('plans_credits_not_negative', sql`${t.creditsPerPeriod} >= 0`),
    check('plans_expire_some_day', sql`${t.expiresAfterDays} > 0`),
    check('plans_roll_over_not_negative', sql`${t.rolloverMax} >= 0`),
    check('plans_drip_known', sql`${t.drip} in ('monthly')`),
  ],
);

/**
 * Every event that Stripe has sent, once. `settled`: what it says is done. `waiting`: something that it needs is not
 * known yet. `unresolved`: a person has been asked. `closed`: that person has dealt with it by hand. `ignored`: none of
 * ours.
 */
export const stripeEvents = pgTable(
  'stripe_events',
  {
    id: text('id').primaryKey(),
    type: text('type').notNull(),
    createdAt: instant('created_at').notNull(),
    objectId: text('object_id').notNull(),
    /** Ids of the Stripe objects that it is about. */
    subjects: text('subjects').array().notNull(),
    payload: jsonb('payload').notNull(),
    status: text('status', { enum: ['settled', 'waiting', 'unresolved', 'closed', 'ignored'] }).notNull(),
    /** What it waits for. */
    lacks: text('lacks'),
    /** `webhook`, or `comparison` with what Stripe lists. */
    origin: text('origin').notNull(),
    receivedAt: instant('received_at').notNull().defaultNow(),
    /** When Stripe's API was asked about what it lacks; null: not yet. */
    askedAt: instant('asked_at'),
  },
  (t) => [
    index('stripe_events_created').on(t.createdAt),
    index('stripe_events_open').on(t.receivedAt).where(sql`${t.status} in ('waiting', 'unresolved')`),
    index('stripe_events_open_object').on(t.objectId).where(sql`${t.status} in ('waiting', 'unresolved')`),
    check('stripe_events_status_known', sql`${t.status} in ('settled', 'waiting', 'unresolved', 'closed', 'ignored')`),
    check('stripe_events_lack_something', sql`(${t.status} in ('waiting', 'unresolved')) <= (${t.lacks} is not null)`),
  ],
);

/** Whose a customer or a subscription of Stripe is, once that was said. */
export const stripeOwners = pgTable('stripe_owners', {
  stripeId: text('stripe_id').primaryKey(),
  userId: uuid('user_id')
    .notNull()
    .references(() => users.id),
});

/** Objects of Stripe that belong to the same payment: session, invoice, payment intent, charge; both ways round. */
export const stripeRelations = pgTable(
  'stripe_relations',
  { stripeId: text('stripe_id').notNull(), otherId: text('other_id').notNull() },
  (t) => [primaryKey({ columns: [t.stripeId, t.otherId] })],
);

/** Subscriptions as Stripe has told of them last. */
export const stripeSubscriptions = pgTable('stripe_subscriptions', {
  id: text('id').primaryKey(),
  customerId: text('customer_id'),
  status: text('status').notNull(),
  cancelAtPeriodEnd: boolean('cancel_at_period_end').notNull(),
  endedAt: instant('ended_at'),
  /** Of the event that said so. */
  saidAt: instant('said_at').notNull(),
});

/**
 * What was paid for, once: a period of a subscription, things bought once, or the difference of a change in mid-period.
 * Its running totals say what was given and taken back; they change in the transaction that records the operations.
 */
export const stripePurchases = pgTable(
  'stripe_purchases',
  {
    /** Derived from `key`. */
    id: uuid('id').primaryKey(),
    key: text('key').notNull(),
    kind: text('kind', { enum: ['period', 'purchase', 'proration'] }).notNull(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    subscriptionId: text('subscription_id'),
    /** Null for a first period that is known from its checkout session only. */
    periodStart: instant('period_start'),
    periodEnd: instant('period_end'),
    /** The session or invoice. */
    paidWith: text('paid_with').notNull(),
    /** Minor units; null: unknown. */
    amountPaid: bigint('amount_paid', { mode: 'number' }),
    description: text('description').notNull(),
    credits: credits('credits').notNull(),
    expiresAfterDays: integer('expires_after_days'),
    rolloverMax: credits('rollover_max'),
    /** In how many monthly parts the credits come, and how many have come. */
    parts: integer('parts').notNull().default(1),
    partsGiven: integer('parts_given').notNull().default(0),
    nextPartAt: instant('next_part_at'),
    /** All that was given and taken back so far. */
    given: credits('given').notNull().default(0),
    taken: credits('taken').notNull().default(0),
    /** How often something was taken back or given back. */
    turns: integer('turns').notNull().default(0),
    paidAt: instant('paid_at').notNull(),
  },
  (t) => [
    unique('stripe_purchases_one_per_key').on(t.key),
    // 000-20: one allocation for each period; credits that drip are a purchase of their own.
    unique('stripe_purchases_one_per_period').on(t.subscriptionId, t.periodStart, t.parts),
    index('stripe_purchases_paid_with').on(t.paidWith),
    index('stripe_purchases_dripping').on(t.nextPartAt).where(sql`${t.nextPartAt} is not null`),
    check('stripe_purchases_kind_known', sql`${t.kind} in ('period', 'purchase', 'proration')`),
    check('stripe_purchases_give_within_credits', sql`${t.given} - ${t.taken} between 0 and ${t.credits}`),
    check('stripe_purchases_parts_within_all', sql`${t.partsGiven} between 0 and ${t.parts}`),
    check('stripe_purchases_next_part_iff_any', sql`(${t.nextPartAt} is null) or (${t.partsGiven} < ${t.parts})`),
  ],
);

/** How much of a charge was refunded, as its newest event has it. */
export const stripeCharges = pgTable('stripe_charges', {
  id: text('id').primaryKey(),
  amount: bigint('amount', { mode: 'number' }).notNull(),
  refunded: bigint('refunded', { mode: 'number' }).notNull(),
  /** When the event was made that said so. */
  saidAt: instant('said_at').notNull().default(sql`'epoch'`),
});

/** Refunds that came to nothing; what a charge said before that counts without them. */
export const stripeFailedRefunds = pgTable(
  'stripe_failed_refunds',
  {
    id: text('id').primaryKey(),
    chargeId: text('charge_id').notNull(),
    amount: bigint('amount', { mode: 'number' }).notNull(),
    failedAt: instant('failed_at').notNull(),
  },
  (t) => [index('stripe_failed_refunds_of_charge').on(t.chargeId)],
);

/** How a dispute stands; what has been said once stays said. */
export const stripeDisputes = pgTable(
  'stripe_disputes',
  {
    id: text('id').primaryKey(),
    chargeId: text('charge_id').notNull(),
    amount: bigint('amount', { mode: 'number' }).notNull(),
    withdrawn: boolean('withdrawn').notNull(),
    reinstated: boolean('reinstated').notNull(),
    outcome: text('outcome', { enum: ['won', 'lost'] }),
  },
  (t) => [index('stripe_disputes_of_charge').on(t.chargeId)],
);

/** Comparisons with the events that Stripe lists. */
export const stripeComparisons = pgTable('stripe_comparisons', {
  id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  startedAt: instant('started_at').notNull().defaultNow(),
  finishedAt: instant('finished_at'),
  /** Events since then were compared. */
  since: instant('since').notNull(),
  listed: integer('listed'),
  /** Listed by Stripe and missing here: they have been fed in. */
  missing: text('missing').array(),
  /** Here and not listed by Stripe. */
  unlisted: text('unlisted').array(),
});
