import { sql } from 'drizzle-orm';
import { bigint, check, index, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { credits, instant } from './columns.ts';
import { users } from './directory.ts';
import { partners } from './partners.ts';
import { vendors } from './vendors.ts';

/** What a person, or a partner, has. The balance is what the ledger says; a row exists from the first touch on (000-10, 001-07). */
export const accounts = pgTable(
  'accounts',
  {
    id: uuid('id').primaryKey(),
    /** The person; null for the accounts of a partner. */
    ownerId: uuid('owner_id').references(() => users.id),
    partnerId: uuid('partner_id').references(() => partners.id),
    /** What it is for: a person's own, a partner's pool, or what members without an account were assigned. */
    purpose: text('purpose', { enum: ['own', 'pool', 'unclaimed'] })
      .notNull()
      .default('own'),
    asset: text('asset', { enum: ['credits', 'points'] })
      .notNull()
      .default('credits'),
    /** Whose points they are; credits are good everywhere. */
    vendorId: uuid('vendor_id').references(() => vendors.id),
    balance: credits('balance').notNull().default(0),
    held: credits('held').notNull().default(0),
    debt: credits('debt').notNull().default(0),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('accounts_one_per_owner_asset_and_vendor').on(
      t.ownerId,
      t.asset,
      sql`coalesce(${t.vendorId}, '00000000-0000-0000-0000-000000000000'::uuid)`,
    ),
    index('accounts_of_vendor').on(t.vendorId).where(sql`${t.vendorId} is not null`),
    unique('accounts_one_per_partner_and_purpose').on(t.partnerId, t.purpose),
    check('accounts_purpose_known', sql`${t.purpose} in ('own', 'pool', 'unclaimed')`),
    check(
      'accounts_of_a_person_or_a_partner',
      sql`(${t.purpose} = 'own') = (${t.ownerId} is not null) and (${t.purpose} = 'own') = (${t.partnerId} is null)`,
    ),
    check('accounts_points_are_of_a_vendor', sql`(${t.asset} = 'points') = (${t.vendorId} is not null)`),
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
    /** When it was written, under the account's lock: reports in order of this time are in ledger order. */
    createdAt: instant('created_at').notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    index('transfers_of_debit_account').on(t.debitAccount, t.seq).where(sql`${t.debitBefore} is not null`),
    index('transfers_of_credit_account').on(t.creditAccount, t.seq).where(sql`${t.creditBefore} is not null`),
    // Redemptions by day (004-33); of few transfers, and of no booking.
    index('transfers_redeemed').on(t.createdAt).where(sql`${t.debitType} = 'spent'`),
    check('transfers_move_something', sql`${t.amount} > 0`),
    check('transfers_between_two_accounts', sql`${t.debitAccount} <> ${t.creditAccount}`),
    check('transfers_never_overdraw', sql`${t.debitBefore} >= ${t.amount}`),
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
