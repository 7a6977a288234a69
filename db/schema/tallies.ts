import { jsonb, pgTable } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

/** What became of the operations of one kind that were accepted within an hour. */
export interface Tally {
  readonly kind: string;
  /** Of a booking: whether it is, or would have been, between practitioners. */
  readonly peer: boolean;
  readonly accepted: number;
  readonly succeeded: number;
  readonly rejected: number;
  readonly resolved: number;
}

/**
 * Hours that are over, all of whose operations are final: their numbers never change again, and nobody has to count them
 * twice. Written by a schedule, so that no operation pays for it; `operation_hours` counts the other hours as they are.
 */
export const talliedHours = pgTable('tallied_hours', {
  hour: instant('hour').primaryKey(),
  tallies: jsonb('tallies').$type<readonly Tally[]>().notNull(),
});
