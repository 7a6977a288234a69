import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Practice } from '../../shared/domain/state.ts';
import type { Tx } from '../client.ts';
import { practitioners, users } from '../schema.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './page.ts';

/** A directory entry as it is shown. */
export interface UserRecord {
  readonly id: Uuid;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly roles: readonly string[];
  readonly timeZone: string;
  readonly active: boolean;
  readonly emailVerified: boolean;
}

/** A practitioner page as it is shown to everybody who is signed in: no address, no roles. */
export interface PractitionerRecord extends Practice {
  readonly id: Uuid;
  readonly firstName: string;
  readonly lastName: string;
  readonly active: boolean;
}

/** Null for nobody, for whom the viewer may not see, and for whom was deleted. */
export async function readUser({ db }: Tx, id: Uuid): Promise<UserRecord | null> {
  const { email, firstName, lastName, roles, timeZone, active, emailVerified } = users;
  const [row] = await db
    .select({ id: users.id, email, firstName, lastName, roles, timeZone, active, emailVerified })
    .from(users)
    .where(and(eq(users.id, id), isNull(users.deletedAt)));
  return row ?? null;
}

export async function readPractitioner({ db }: Tx, id: Uuid): Promise<PractitionerRecord | null> {
  const [row] = await db
    .select(page)
    .from(practitioners)
    .innerJoin(users, eq(users.id, practitioners.id))
    .where(and(eq(practitioners.id, id), isNull(users.deletedAt)));
  return row ?? null;
}

/** The practitioners who take bookings, newest first; `search` finds parts of names, in any case. */
export async function listPractitioners(
  { db }: Tx,
  search: string | undefined,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: PractitionerRecord; readonly keys: TimeKeys }[]> {
  const name = sql`(${users.firstName} || ' ' || ${users.lastName})`;
  const rows = await db
    .select({ ...page, micros: microsOf(practitioners.createdAt) })
    .from(practitioners)
    .innerJoin(users, eq(users.id, practitioners.id))
    .where(
      and(
        eq(users.active, true),
        isNull(users.deletedAt),
        search === undefined ? undefined : sql`${name} ilike ${`%${literally(search)}%`}`,
        isAfter(practitioners.createdAt, practitioners.id, after),
      ),
    )
    .orderBy(desc(practitioners.createdAt), desc(practitioners.id))
    .limit(limit);
  return rows.map(({ micros, ...record }) => ({ record, keys: [micros, record.id] }));
}

/** A pattern that matches the text itself: % and _ are nothing special in a name. */
function literally(search: string): string {
  return search.replace(/[\\%_]/g, '\\$&');
}

const page = {
  id: practitioners.id,
  firstName: users.firstName,
  lastName: users.lastName,
  active: users.active,
  timeZone: practitioners.timeZone,
  prices: practitioners.prices,
  availability: practitioners.availability,
  timeOff: practitioners.timeOff,
  bufferMinutes: practitioners.bufferMinutes,
  minimumNoticeMinutes: practitioners.minimumNoticeMinutes,
  cancellationPolicy: practitioners.cancellationPolicy,
};
