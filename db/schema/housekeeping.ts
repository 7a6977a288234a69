import { sql } from 'drizzle-orm';
import { boolean, check, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

/** One row: no operation accepted before this instant is waiting. The sweeper moves it, the API counts from it. */
export const lowWater = pgTable(
  'low_water',
  {
    singleton: boolean('singleton').primaryKey().default(true),
    acceptedAt: instant('accepted_at').notNull(),
    /** When it was last looked for what waits; however many processes there are, that is often enough for all of them. */
    sweptAt: instant('swept_at').notNull().default(sql`'-infinity'`),
  },
  (t) => [check('low_water_is_one_row', sql`${t.singleton}`)],
);

/**
 * One row: the channel on which workers tell what became of operations. PostgreSQL lets everybody who may connect listen
 * to any channel, and speak on it; only the application can read what this one is called.
 */
export const outcomeChannel = pgTable(
  'outcome_channel',
  {
    singleton: boolean('singleton').primaryKey().default(true),
    name: text('name').notNull(),
  },
  (t) => [check('outcome_channel_is_one_row', sql`${t.singleton}`)],
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
