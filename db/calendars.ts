import { distinct } from '../shared/domain/distinct.ts';
import { type CalendarSpan, type Footprint, named } from '../shared/domain/footprint.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import { byColumn } from './by-column.ts';
import { sqlStateOf } from './failures.ts';
import { type Queryable, statement } from './statement.ts';

/*
 * Calendars are what batches meet at: a practitioner has many clients, whose lanes are in different batches. Who
 * changes a session holds the calendars of both its parties (the directory rows stand for them), so that an overlap
 * storm queues up at one row instead of dying of deadlocks at the exclusion constraint (a quarter of it did).
 *
 * A batch takes the calendars that are free and leaves operations that need another one to a later batch: two batches
 * that share a practitioner then work side by side, where waiting would make them take turns. Only an operation that
 * has been left several times is worth waiting for, and not for long: a calendar that is not had by then is held by
 * something stuck, which is no failure of the operation and must not keep a committer from everybody else.
 */

/** The calendars that a batch needs, as far as it could have them. */
export interface CalendarClaim {
  /** Of the bookings and the places on waitlists that are asked for and exist. */
  readonly parties: ReadonlyMap<Uuid, readonly [client: Uuid, practitioner: Uuid]>;
  /** Held by another batch. */
  readonly busy: ReadonlySet<Uuid>;
}

export interface ClaimOptions {
  /** Of calendars that another batch holds: whether to wait a little for them, or to leave them at once. */
  readonly waits: boolean;
  /** Called with the calendars that are about to be claimed. */
  readonly onWanted?: (calendars: readonly Uuid[]) => void;
}

const selectParties = statement<{ id: Uuid; client_id: Uuid; practitioner_id: Uuid }>(
  'read_parties',
  `select id, client_id, practitioner_id from bookings where id = any($1::uuid[])
   union all
   select id, client_id, practitioner_id from waitlist_entries where id = any($2::uuid[])`,
);

// FOR NO KEY UPDATE: it conflicts with itself, but not with the foreign keys that point at the directory.
const lock = 'select id from users where id = any($1::uuid[]) order by id for no key update';
const lockFree = statement<{ id: Uuid }>('lock_free_calendars', `${lock} skip locked`);
const lockAll = statement<{ id: Uuid }>('lock_calendars', lock);
const lockTimeout = '55P03';

const selectExisting = statement<{ id: Uuid }>('find_people', 'select id from users where id = any($1::uuid[])');

/** Several times as long as a batch holds its calendars. */
const patienceMs = 500;

/** Locks the calendars of the footprints, in the order of ids; those of the parties of bookings among them. */
export async function claimCalendars(
  on: Queryable,
  footprints: readonly Footprint[],
  { waits, onWanted }: ClaimOptions,
): Promise<CalendarClaim> {
  const parties = await readParties(on, distinct(named(footprints, 'bookings')), named(footprints, 'waitlistEntries'));
  const wanted = distinct(footprints.flatMap((footprint) => calendarsOf(footprint, parties)));
  if (wanted.length === 0) return { parties, busy: new Set() };

  onWanted?.(wanted);
  const locked = waits ? await lockPatiently(on, wanted) : (await lockFree(on, [wanted])).rows;
  return { parties, busy: await busyAmong(on, wanted, locked) };
}

/** Times of calendars, as statements take them. */
export const spanArrays = byColumn<CalendarSpan>(
  ({ personId }) => personId,
  ({ from }) => from,
  ({ to }) => to,
);

/** Whether a footprint tells whose calendars it needs without a look at the rows that it is about. */
export function saysWhoseCalendars({ bookings, moves, waitlistEntries }: Footprint): boolean {
  return (bookings ?? []).length + (moves ?? []).length + (waitlistEntries ?? []).length === 0;
}

/** All of them, or when that takes too long those that are free: the savepoint gives back what was locked until then. */
async function lockPatiently(on: Queryable, wanted: readonly Uuid[]): Promise<readonly { readonly id: Uuid }[]> {
  await on.query({ text: 'savepoint claim' });
  try {
    await on.query({ text: `set local lock_timeout = ${patienceMs}` });
    const { rows } = await lockAll(on, [wanted]);
    await on.query({ text: 'set local lock_timeout to default' });
    return rows;
  } catch (error) {
    if (sqlStateOf(error) !== lockTimeout) throw error;
    await on.query({ text: 'rollback to savepoint claim' });
    return (await lockFree(on, [wanted])).rows;
  }
}

/** The people whose calendars a footprint is about. */
export function calendarsOf(
  { calendars, bookings, waitlistEntries }: Footprint,
  parties: CalendarClaim['parties'],
): Uuid[] {
  return [
    ...(calendars ?? []).map(({ personId }) => personId),
    ...(bookings ?? []).flatMap((id) => parties.get(id) ?? []),
    ...(waitlistEntries ?? []).flatMap((id) => parties.get(id) ?? []),
  ];
}

/** Whether another batch holds a calendar that this footprint needs. */
export function isBusy({ parties, busy }: CalendarClaim, footprint: Footprint): boolean {
  return busy.size > 0 && calendarsOf(footprint, parties).some((personId) => busy.has(personId));
}

async function readParties(
  on: Queryable,
  bookingIds: readonly Uuid[],
  entryIds: readonly Uuid[],
): Promise<CalendarClaim['parties']> {
  if (bookingIds.length === 0 && entryIds.length === 0) return new Map();
  const { rows } = await selectParties(on, [bookingIds, entryIds]);
  return new Map(rows.map((row) => [row.id, [row.client_id, row.practitioner_id]]));
}

/** What was not locked is held by somebody, or there is no such person. */
async function busyAmong(on: Queryable, wanted: readonly Uuid[], locked: readonly { id: Uuid }[]): Promise<Set<Uuid>> {
  if (locked.length === wanted.length) return new Set();
  const held = new Set(locked.map(({ id }) => id));
  const { rows } = await selectExisting(on, [wanted.filter((id) => !held.has(id))]);
  return new Set(rows.map(({ id }) => id));
}
