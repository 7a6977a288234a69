import { and, desc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { PriceFilter } from '../../shared/domain/availability.ts';
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
  /** One more with every change of the page. */
  readonly version: number;
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

/** Which practitioners; what is undefined does not matter. */
export interface PractitionerFilter {
  /** Part of a name, in any case. */
  readonly search: string | undefined;
  /** One price must fit all of it. */
  readonly price: PriceFilter;
}

/** The practitioners who take bookings, newest first. */
export async function listPractitioners(
  { db }: Tx,
  { search, price }: PractitionerFilter,
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
        hasPrice(price),
        isAfter(practitioners.createdAt, practitioners.id, after),
      ),
    )
    .orderBy(desc(practitioners.createdAt), desc(practitioners.id))
    .limit(limit);
  return rows.map(({ micros, ...record }) => ({ record, keys: [micros, record.id] }));
}

/** Whether one price is all of this; no condition where anything will do. */
function hasPrice({ sessionType, durationMinutes, minCredits, maxCredits }: PriceFilter): SQL | undefined {
  const conditions = [
    sessionType === undefined ? undefined : sql`price.type = ${sessionType}`,
    durationMinutes === undefined ? undefined : sql`price.minutes = ${durationMinutes}`,
    minCredits === undefined ? undefined : sql`price.credits >= ${minCredits}`,
    maxCredits === undefined ? undefined : sql`price.credits <= ${maxCredits}`,
  ];
  const asked = and(...conditions);
  if (asked === undefined) return undefined;
  return sql`exists (
    select from jsonb_array_elements(${practitioners.prices}) as listed (entry),
      lateral (values (entry ->> 'sessionType', (entry ->> 'durationMinutes')::int, (entry ->> 'credits')::bigint))
        as price (type, minutes, credits)
    where ${asked})`;
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
  extraWindows: practitioners.extraWindows,
  bookingHorizonDays: practitioners.bookingHorizonDays,
  sessionsPerDayMax: practitioners.sessionsPerDayMax,
  cancellationPolicy: practitioners.cancellationPolicy,
  version: practitioners.version,
};
