import { sql } from 'drizzle-orm';
import { bigint, check, index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { LotStatus } from '../../shared/domain/lots.ts';
import { credits, instant } from './columns.ts';
import { accounts } from './ledger.ts';

/** Allocations of which the unspent rest was taken back, each once. */
export const allocationVoids = pgTable(
  'allocation_voids',
  {
    /** The operation that gave the credits. */
    allocationId: uuid('allocation_id').primaryKey(),
    operationId: uuid('operation_id').notNull(),
    amount: credits('amount').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [check('allocation_voids_of_something_or_nothing', sql`${t.amount} >= 0`)],
);

/** What of a balance has an end (design.md §2.9); the rest of the balance has none. Changed under the account's lock. */
export const lots = pgTable(
  'lots',
  {
    id: uuid('id').primaryKey(),
    /** Among lots of one date the oldest is spent first. */
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    operationId: uuid('operation_id').notNull(),
    /** The lot whose credits these were at first: itself, unless it renews one that had ended. */
    originId: uuid('origin_id').notNull(),
    amount: credits('amount').notNull(),
    remaining: credits('remaining').notNull(),
    /** `infinity` for what has no end and is to be known from other credits all the same. */
    expiresAt: instant('expires_at').notNull(),
    /** Before it nothing of it can be spent; null: at once. */
    spendableFrom: instant('spendable_from'),
    source: text('source').notNull(),
    /** What it rolls over with; null: with nothing. */
    pot: text('pot'),
    status: text('status').$type<LotStatus>().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('lots_of_account').on(t.accountId).where(sql`${t.remaining} > 0`),
    // Said in another way than above, so that neither index seems to fit the other's queries while the table is empty.
    index('lots_due').on(t.expiresAt).where(sql`${t.remaining} >= 1`),
    check('lots_of_something', sql`${t.amount} > 0`),
    check('lots_remaining_within_amount', sql`${t.remaining} between 0 and ${t.amount}`),
    check('lots_status_known', sql`${t.status} in ('live', 'expired', 'voided')`),
    check('lots_ended_iff_not_live', sql`(${t.status} = 'live') = (${t.endedAt} is null)`),
    check('lots_end_with_nothing', sql`${t.status} = 'live' or ${t.remaining} = 0`),
  ],
);
