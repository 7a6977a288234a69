import { and, eq, isNull, sql } from 'drizzle-orm';
import type pg from 'pg';
import type { Role } from '../shared/contract/roles.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { Practice } from '../shared/domain/state.ts';
import type { Submission } from './accept.ts';
import { claimMemberships } from './claims.ts';
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
 * it has recorded: who is deactivated has their sessions cancelled, and whose verified address partners have assigned
 * credits to gets them.
 */
export function putUser(pool: pg.Pool, id: Uuid, entry: UserEntry): Promise<readonly Submission[]> {
  return withTransaction(pool, async (tx) => {
    const before = await lockUser(tx, id);
    const row = { ...entry, roles: [...entry.roles], deletedAt: null, updatedAt: sql`now()` };
    await tx.db
      .insert(users)
      .values({ id, ...row })
      .onConflictDoUpdate({ target: users.id, set: row });
    const turn = before?.turn ?? 'new';
    return [
      ...(before?.active === true && !entry.active ? await cancelSessionsToCome(tx, id, turn) : []),
      ...(entry.emailVerified ? await claimMemberships(tx, { userId: id, email: entry.email, turn }) : []),
    ];
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

/** What a PUT of a page found: `changed`: the page is not the version that was asked for. */
export type PutPractitioner = 'stored' | 'absent' | 'changed';

/**
 * Creates or replaces a practitioner page, under the calendar's lock: a batch that holds it reads one and the same page
 * in all its statements, and of two who saw the same `version` only one replaces it.
 *
 * @param version that the page must have; null: any, or none
 */
export function putPractitioner(
  pool: pg.Pool,
  id: Uuid,
  practice: Practice,
  version: number | null = null,
): Promise<PutPractitioner> {
  return withTransaction(pool, async ({ db }) => {
    const [person] = await db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, id), isNull(users.deletedAt)))
      .for('no key update');
    if (person === undefined) return 'absent';

    // Read under the lock and not with it: who has waited for the lock still sees what was there before.
    const [page] = await db
      .select({ version: practitioners.version })
      .from(practitioners)
      .where(eq(practitioners.id, id));
    if (version !== null && page?.version !== version) return 'changed';
    await writePage(db, id, practice);
    return 'stored';
  });
}

/** JSON as text: a driver would take an array for an array of PostgreSQL. */
async function writePage(db: Tx['db'], id: Uuid, practice: Practice): Promise<void> {
  const json = (value: unknown) => sql`${JSON.stringify(value)}::jsonb`;
  await db.execute(sql`
    insert into ${practitioners} as page (
      id, time_zone, prices, availability, time_off, buffer_minutes, minimum_notice_minutes, cancellation_policy,
      extra_windows, booking_horizon_days, sessions_per_day_max)
    values (
      ${id}, ${practice.timeZone}, ${json(practice.prices)}, ${json(practice.availability)}, ${json(practice.timeOff)},
      ${practice.bufferMinutes}, ${practice.minimumNoticeMinutes}, ${json(practice.cancellationPolicy)},
      ${json(practice.extraWindows)}, ${practice.bookingHorizonDays}, ${practice.sessionsPerDayMax})
    on conflict (id) do update set
      time_zone = excluded.time_zone, prices = excluded.prices, availability = excluded.availability,
      time_off = excluded.time_off, buffer_minutes = excluded.buffer_minutes,
      minimum_notice_minutes = excluded.minimum_notice_minutes, cancellation_policy = excluded.cancellation_policy,
      extra_windows = excluded.extra_windows, booking_horizon_days = excluded.booking_horizon_days,
      sessions_per_day_max = excluded.sessions_per_day_max, version = page.version + 1, updated_at = now()
    where (page.time_zone, page.prices, page.availability, page.time_off, page.buffer_minutes,
           page.minimum_notice_minutes, page.cancellation_policy, page.extra_windows, page.booking_horizon_days,
           page.sessions_per_day_max)
      is distinct from (excluded.time_zone, excluded.prices, excluded.availability, excluded.time_off,
           excluded.buffer_minutes, excluded.minimum_notice_minutes, excluded.cancellation_policy,
           excluded.extra_windows, excluded.booking_horizon_days, excluded.sessions_per_day_max)`);
}
