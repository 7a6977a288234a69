import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import type { Role } from '../shared/contract/roles.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { Practice } from '../shared/domain/state.ts';
import type { Submission } from './accept.ts';
import { type Tx, withTransaction } from './client.ts';
import { cancelSessionsToCome } from './departures.ts';
import { practitioners, users } from './schema.ts';

/** A directory entry as it is put; every PUT replaces the whole. */
export interface UserEntry {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly roles: readonly Role[];
  readonly timeZone: string;
  readonly active: boolean;
  readonly emailVerified: boolean;
}

/**
 * Creates or replaces a directory entry; a deleted one comes back. Idempotent by id. Answers with the operations that
 * it has recorded: who is deactivated has their sessions cancelled.
 */
export function putUser(pool: pg.Pool, id: Uuid, entry: UserEntry): Promise<readonly Submission[]> {
  return withTransaction(pool, async (tx) => {
    const before = await lockUser(tx, id);
    const row = { ...entry, roles: [...entry.roles], deletedAt: null, updatedAt: sql`now()` };
    await tx.db
      .insert(users)
      .values({ id, ...row })
      .onConflictDoUpdate({ target: users.id, set: row });
    return before?.active === true && !entry.active ? cancelSessionsToCome(tx, id, before.turn) : [];
  });
}

/**
 * Marks as deleted: bookings and the ledger keep referring to it. Answers with the operations that it has recorded, which
 * cancel the sessions to come; null when there is no such person.
 */
export function deleteUser(pool: pg.Pool, id: Uuid): Promise<readonly Submission[] | null> {
  return withTransaction(pool, async (tx) => {
    const before = await lockUser(tx, id);
    if (before === null) return null;
    await tx.db
      .update(users)
      .set({ deletedAt: sql`coalesce(${users.deletedAt}, now())`, updatedAt: sql`now()` })
      .where(eq(users.id, id));
    return before.active ? cancelSessionsToCome(tx, id, before.turn) : [];
  });
}

interface Present {
  /** Can have sessions before them: neither deactivated nor deleted. */
  readonly active: boolean;
  /** Another one after every change. */
  readonly turn: string;
}

async function lockUser({ db }: Tx, id: Uuid): Promise<Present | null> {
  const [user] = await db
    .select({
      active: sql<boolean>`${users.active} and ${users.deletedAt} is null`,
      turn: sql<string>`${users.updatedAt}::text`,
    })
    .from(users)
    .where(eq(users.id, id))
    .for('no key update');
  return user ?? null;
}

/**
 * Creates or replaces a practitioner page, under the calendar's lock: a batch that holds it reads one and the same page
 * in all its statements. False when the directory has no such person.
 */
export async function putPractitioner(pool: pg.Pool, id: Uuid, practice: Practice): Promise<boolean> {
  const { rowCount } = await drizzle({ client: pool }).execute(sql`
    insert into ${practitioners} (id, time_zone, prices, availability, time_off, buffer_minutes, minimum_notice_minutes,
                                  cancellation_policy)
    select ${users.id}, ${practice.timeZone}, ${JSON.stringify(practice.prices)}::jsonb, ${JSON.stringify(practice.availability)}::jsonb,
           ${JSON.stringify(practice.timeOff)}::jsonb, ${practice.bufferMinutes}, ${practice.minimumNoticeMinutes},
           ${JSON.stringify(practice.cancellationPolicy)}::jsonb
    from ${users} where ${users.id} = ${id} and ${users.deletedAt} is null
    for no key update
    on conflict (id) do update set
      time_zone = excluded.time_zone, prices = excluded.prices, availability = excluded.availability,
      time_off = excluded.time_off, buffer_minutes = excluded.buffer_minutes,
      minimum_notice_minutes = excluded.minimum_notice_minutes, cancellation_policy = excluded.cancellation_policy,
      updated_at = now()`);
  return rowCount === 1;
}
