import { sql } from 'drizzle-orm';
import { check, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { LoyaltyRules } from '../../shared/domain/shop.ts';
import { instant } from './columns.ts';
import { users } from './directory.ts';

/** Who sells. Only read by whatever is decided: a change counts from its commit on. */
export const vendors = pgTable(
  'vendors',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    ownerUserId: uuid('owner_user_id')
      .notNull()
      .references(() => users.id),
    loyalty: jsonb('loyalty').$type<Omit<LoyaltyRules, 'version'>>().notNull(),
    /** Counts up whenever `loyalty` changes. */
    loyaltyVersion: integer('loyalty_version').notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [check('vendors_loyalty_version_positive', sql`${t.loyaltyVersion} > 0`)],
);
