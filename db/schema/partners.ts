import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Assignment, MemberStatus, Partner } from '../../shared/domain/partner.ts';
import { credits, instant } from './columns.ts';
import { users } from './directory.ts';

/** Who sponsors sessions. Its row is locked by whatever changes the pool or a member, before any account. */
export const partners = pgTable(
  'partners',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    ownerUserId: uuid('owner_user_id')
      .notNull()
      .unique('partners_one_per_owner')
      .references(() => users.id),
    expiryDays: integer('expiry_days').notNull(),
    onExpiry: text('on_expiry').$type<Partner['onExpiry']>().notNull(),
    memberCapCredits: credits('member_cap_credits'),
    memberCapDays: integer('member_cap_days'),
    /** All that was ever put into the pool; what is available is the balance of its account. */
    funded: credits('funded').notNull().default(0),
    /** All that nobody has used in time, when the contract forfeits it. */
    expired: credits('expired').notNull().default(0),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    check('partners_expire_something', sql`${t.expiryDays} > 0`),
    check('partners_on_expiry_known', sql`${t.onExpiry} in ('return', 'forfeit')`),
    check('partners_cap_with_days', sql`(${t.memberCapCredits} is null) = (${t.memberCapDays} is null)`),
    check('partners_cap_something', sql`${t.memberCapCredits} > 0 and ${t.memberCapDays} > 0`),
    check('partners_funded_not_negative', sql`${t.funded} >= 0`),
    check('partners_expired_within_funded', sql`${t.expired} between 0 and ${t.funded}`),
  ],
);

/** Whom a partner gives credits; before they have an account, too. Never deleted, only marked as removed. */
export const partnerMembers = pgTable(
  'partner_members',
  {
    id: uuid('id').primaryKey(),
    partnerId: uuid('partner_id')
      .notNull()
      .references(() => partners.id),
    email: text('email').notNull(),
    firstName: text('first_name').notNull(),
    status: text('status').$type<MemberStatus>().notNull().default('active'),
    userId: uuid('user_id').references(() => users.id),
    creditsAssigned: credits('credits_assigned').notNull().default(0),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('partner_members_one_per_address').on(t.partnerId, sql`lower(${t.email})`),
    index('partner_members_by_address').on(sql`lower(${t.email})`),
    index('partner_members_in_order').on(t.partnerId, t.createdAt, t.id),
    index('partner_members_of_user').on(t.userId),
    check('partner_members_status_known', sql`${t.status} in ('active', 'removed')`),
    check('partner_members_assigned_not_negative', sql`${t.creditsAssigned} >= 0`),
  ],
);

/** What a member was given at once, with one end. */
export const partnerAssignments = pgTable(
  'partner_assignments',
  {
    id: uuid('id').primaryKey(),
    partnerId: uuid('partner_id')
      .notNull()
      .references(() => partners.id),
    memberId: uuid('member_id')
      .notNull()
      .references(() => partnerMembers.id),
    operationId: uuid('operation_id').notNull(),
    amount: credits('amount').notNull(),
    /** What went back into the pool when it was closed, or when what was refunded after that had ended. */
    returned: credits('returned').notNull().default(0),
    /** What was forfeited then. */
    expired: credits('expired').notNull().default(0),
    status: text('status').$type<Assignment['status']>().notNull(),
    assignedAt: instant('assigned_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    closedAt: instant('closed_at'),
  },
  (t) => [
    index('partner_assignments_of_member').on(t.memberId, t.assignedAt),
    index('partner_assignments_of_partner').on(t.partnerId, t.assignedAt),
    index('partner_assignments_open').on(t.partnerId, t.memberId).where(sql`${t.status} = 'open'`),
    check('partner_assignments_of_something', sql`${t.amount} > 0`),
    // Said in another way than above, so that neither index seems to fit the other's queries while the table is empty.
    index('partner_assignments_due').on(t.expiresAt).where(sql`${t.closedAt} is null`),
    check(
      'partner_assignments_end_within_amount',
      sql`${t.returned} >= 0 and ${t.expired} >= 0 and ${t.returned} + ${t.expired} <= ${t.amount}`,
    ),
    check('partner_assignments_status_known', sql`${t.status} in ('open', 'closed')`),
    check('partner_assignments_closed_iff_not_open', sql`(${t.status} = 'open') = (${t.closedAt} is null)`),
    check('partner_assignments_end_when_closed', sql`${t.status} = 'closed' or ${t.returned} + ${t.expired} = 0`),
  ],
);

/** A file of members, as far as it has been imported. */
export const partnerUploads = pgTable(
  'partner_uploads',
  {
    id: uuid('id').primaryKey(),
    /** The operation that it was uploaded for; a repeat of the request uploads it again, and forgets that. */
    operationId: uuid('operation_id').notNull(),
    callerId: uuid('caller_id').notNull(),
    total: integer('total').notNull().default(0),
    done: integer('done').notNull().default(0),
    created: integer('created').notNull().default(0),
    updated: integer('updated').notNull().default(0),
    allocated: credits('allocated').notNull().default(0),
    failed: integer('failed').notNull().default(0),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('partner_uploads_of_operation').on(t.operationId),
    index('partner_uploads_by_age').on(t.createdAt),
    check('partner_uploads_done_within_total', sql`${t.done} between 0 and ${t.total}`),
    check('partner_uploads_count_rows', sql`${t.created} + ${t.updated} + ${t.failed} = ${t.done}`),
  ],
);

/** The rows of a file, as they were written, and what became of each. */
export const partnerUploadRows = pgTable(
  'partner_upload_rows',
  {
    uploadId: uuid('upload_id')
      .notNull()
      .references(() => partnerUploads.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    line: integer('line').notNull(),
    email: text('email').notNull(),
    firstName: text('first_name').notNull(),
    credits: text('credits').notNull(),
    /** `created`, `updated`, or why it failed; null: not decided yet. */
    result: text('result'),
    message: text('message'),
    /** What it has, or in a dry run would have, assigned. */
    allocated: credits('allocated'),
  },
  (t) => [primaryKey({ columns: [t.uploadId, t.position] })],
);
