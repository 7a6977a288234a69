import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import type { Role } from '../shared/contract/roles.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { Practice } from '../shared/domain/state.ts';
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

/** Creates or replaces a directory entry; a deleted one comes back. Idempotent by id. */
export async function putUser(pool: pg.Pool, id: Uuid, entry: UserEntry): Promise<void> {
  const row = { ...entry, roles: [...entry.roles], deletedAt: null, updatedAt: sql`now()` };
  await drizzle({ client: pool })
    .insert(users)
    .values({ id, ...row })
    .onConflictDoUpdate({ target: users.id, set: row });
}

/** Marks as deleted: bookings and the ledger keep referring to it. True when there was such a person. */
export async function deleteUser(pool: pg.Pool, id: Uuid): Promise<boolean> {
  const { rowCount } = await drizzle({ client: pool })
    .update(users)
    .set({ deletedAt: sql`coalesce(${users.deletedAt}, now())`, updatedAt: sql`now()` })
    .where(eq(users.id, id));
  return rowCount === 1;
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
