import { lte, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { operatorActions, usedLinks } from './schema.ts';

/** What an operator did, besides the actions on reconciliation items, which leave their rows themselves. */
export interface OperatorDeed {
  readonly by: string;
  readonly action: 'audit.run' | 'console.sign-in' | 'console.sign-out';
  readonly subject: string;
}

/** Leaves an audit row (contract §3). */
export async function recordDeed(pool: pg.Pool, deed: OperatorDeed): Promise<void> {
  await drizzle({ client: pool }).insert(operatorActions).values(deed);
}

/**
 * Uses up a one-time link; false when it was used before. Remembered until the link has expired anyway, and what is
 * past that is forgotten on this occasion.
 */
export async function useLink(pool: pg.Pool, id: string, expiresAt: Date): Promise<boolean> {
  const db = drizzle({ client: pool });
  await db.delete(usedLinks).where(lte(usedLinks.expiresAt, sql`now() - interval '1 hour'`));
  const { rowCount } = await db.insert(usedLinks).values({ id, expiresAt }).onConflictDoNothing();
  return rowCount === 1;
}
