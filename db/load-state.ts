import { absent } from '../shared/domain/absent.ts';
import type { WorkingState } from '../shared/domain/changes.ts';
import { distinct } from '../shared/domain/distinct.ts';
import { type CalendarSpan, type Footprint, named } from '../shared/domain/footprint.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { Account, Booking, Person, Settings } from '../shared/domain/state.ts';
import { readAllocations } from './allocations.ts';
import { type CalendarClaim, calendarsOf, spanArrays } from './calendars.ts';
import { loadPartners } from './load-partners.ts';
import { createPointsAccounts, findShops, type LoadedShops, loadShops } from './load-shop.ts';
import { type LotsWanted, readLots } from './lots.ts';
import { type BookingRow, bookingColumns, bookingOf, type PersonRow, personOf } from './rows.ts';
import { sessionsAround } from './sessions-around.ts';
import { readSlotHolds } from './slot-holds.ts';
import { type Queryable, sendTogether, statement } from './statement.ts';
import { readFreedSlots, readWaitlistEntries } from './waitlists.ts';

/**
 * Loads all rows that a batch may read, and locks those that it may change: one statement per table, every lock taken
 * in the order of ids, and the tables always in the same order, so that batches wait for each other but never in a
 * circle:
 *
 *   calendars (claimed before) → partners → accounts → products
 *
 * A booking has no lock of its own: who changes it holds the calendars of both its parties, which never change. Who
 * takes a slot hold has the practitioner's calendar, and who ends one its holder's lane. What is only read (other
 * people's directory entries) is not locked: a change of theirs counts from its commit on. Products are what most
 * batches of a shop have in common: they come last, so that they are held as shortly as can be.
 *
 * @param claim of the calendars of these footprints, and of others perhaps; none of these may be busy
 * @param lock in place of the statement that locks accounts; when it misses one, this throws NotLockedError
 */
export async function loadState(
  on: Queryable,
  footprints: readonly Footprint[],
  claim: CalendarClaim,
  settings: Settings,
  lock?: LockAccounts,
): Promise<WorkingState> {
  const spans = footprints.flatMap((footprint) => spansOf(footprint, claim.parties));
  const bookingIds = distinct(named(footprints, 'bookings'));
  const parties = bookingIds.flatMap((id) => claim.parties.get(id) ?? []);
  const calendarIds = footprints.flatMap((footprint) => calendarsOf(footprint, claim.parties));

  const { accounts: ofPartners, ...partners } = await loadPartners(on, footprints);
  const shops = await findShops(on, footprints);
  const wanted = {
    accountIds: distinct([...parties, ...ofPartners, ...shops.accounts, ...named(footprints, 'accounts')]),
    lotIds: distinct([...shops.lots, ...named(footprints, 'lots')]),
    bookingIds,
  };

  // None of these needs another's answer: the connection sends them in this order, and waits once. What locks is first.
  const [, holdings, ofShops, people, allocations, bookings, sessions, slotHolds, waitlistEntries, freedSlots] =
    await sendTogether(on, () => [
      createPointsAccounts(on, shops.points),
      lockAccounts(on, wanted, lock),
      loadShops(on, shops),
      readPeople(on, distinct([...calendarIds, ...named(footprints, 'people')])),
      readAllocations(on, distinct(named(footprints, 'allocations'))),
      readBookings(on, bookingIds, claim),
      readSessions(on, spans),
      readSlotHolds(on, spans, footprints),
      readWaitlistEntries(on, footprints),
      readFreedSlots(on, footprints),
    ]);
  const calendars = calendarsFrom(spans, sessions, bookings);
  const freed = { slotHolds, waitlistEntries, freedSlots };
  const lots = await withThoseOfLateHolds(on, holdings.lots, wanted, ofShops);
  const { accounts } = holdings;
  return {
    settings,
    at: 0,
    people,
    accounts,
    lots,
    allocations,
    bookings,
    calendars,
    ...freed,
    ...partners,
    ...ofShops,
  };
}

/** Orders that are out of time may have to give up what they hold: seldom, and who they are is known only now. */
async function withThoseOfLateHolds(
  on: Queryable,
  lots: WorkingState['lots'],
  wanted: LotsWanted,
  { overdueHolds }: LoadedShops,
): Promise<WorkingState['lots']> {
  const late = [...overdueHolds.values()].flat().flatMap((hold) => hold.lots.map(({ lotId }) => lotId));
  return late.length === 0 ? lots : readLots(on, { ...wanted, lotIds: distinct([...wanted.lotIds, ...late]) });
}

/** The times of calendars that a footprint is about; those of moves are of whoever the booking's parties are. */
function spansOf({ calendars, moves }: Footprint, parties: CalendarClaim['parties']): CalendarSpan[] {
  const moved = (moves ?? []).flatMap(({ bookingId, from, to }) =>
    (parties.get(bookingId) ?? []).map((personId) => ({ personId, from, to })),
  );
  return [...(calendars ?? []), ...moved];
}

const selectPeople = statement<PersonRow>(
  'read_people',
  `select u.id, u.roles, u.active, u.deleted_at is not null as deleted, p.id is not null as practises,
          p.time_zone, p.prices, p.availability, p.time_off, p.buffer_minutes, p.minimum_notice_minutes,
          p.extra_windows, p.booking_horizon_days, p.sessions_per_day_max, p.cancellation_policy
   from users u left join practitioners p on p.id = u.id where u.id = any($1::uuid[])`,
);

async function readPeople(on: Queryable, ids: readonly Uuid[]): Promise<Map<Uuid, Person | null>> {
  const people = absent<Uuid, Person>(ids);
  if (ids.length === 0) return people;
  const { rows } = await selectPeople(on, [ids]);
  for (const row of rows) people.set(row.id, personOf(row));
  return people;
}

export interface AccountRow {
  readonly id: Uuid;
  readonly owner_id: Uuid;
  readonly balance: string;
  readonly held: string;
  readonly debt: string;
}

export const accountColumns = 'id, coalesce(owner_id, partner_id) as owner_id, balance, held, debt';

const selectAccounts = statement<AccountRow>(
  'lock_accounts',
  `select ${accountColumns} from accounts where id = any($1::uuid[]) order by id for no key update`,
);

type LockAccounts = (ids: readonly Uuid[]) => Promise<{ readonly rows: readonly AccountRow[] }>;

/** Not all accounts could be locked in the way that was asked for. Nothing has failed in the database. */
export class NotLockedError extends Error {
  constructor() {
    super('not all accounts could be locked at once');
    this.name = 'NotLockedError';
  }
}

const createAccounts = statement(
  'create_accounts',
  `insert into accounts (id, owner_id) select id, id from users where id = any($1::uuid[]) order by id
   on conflict do nothing`,
);

/**
 * Accounts, locked, and the lots that they have. Whoever is in the directory has one from the first touch on (000-11,
 * 001-07); one that is missing is created here, empty, before anything is decided, so that two batches cannot create it
 * with different balances.
 */
async function lockAccounts(
  on: Queryable,
  wanted: LotsWanted,
  lock: LockAccounts | undefined,
): Promise<Pick<WorkingState, 'accounts' | 'lots'>> {
  const { accountIds: ids } = wanted;
  const accounts = absent<Uuid, Account>(ids);
  if (ids.length === 0) return { accounts, lots: new Map() };

  // Both are sent before either is answered: the second is carried out when the first has its locks.
  const [{ rows }, lots] = await sendTogether(on, () => [
    lock === undefined ? selectAccounts(on, [ids]) : lock(ids),
    readLots(on, wanted),
  ]);
  for (const row of rows) accounts.set(row.id, accountOf(row));
  if (rows.length === ids.length) return { accounts, lots };
  if (lock !== undefined) throw new NotLockedError();

  const missing = ids.filter((id) => accounts.get(id) === null);
  await createAccounts(on, [missing]);
  // Read again also when nothing was created: then another batch was quicker, and there may be credits in it by now.
  // These locks come after greater ids, so that two batches may meet in a circle, once in an account's life: it passes.
  for (const row of (await selectAccounts(on, [missing])).rows) accounts.set(row.id, accountOf(row));
  return { accounts, lots: await readLots(on, wanted) };
}

function accountOf(row: AccountRow): Account {
  const { id, owner_id: ownerId, balance, held, debt } = row;
  return { id, ownerId, balance: Number(balance), held: Number(held), debt: Number(debt) };
}

const selectBookings = statement<BookingRow>(
  'read_bookings',
  `select ${bookingColumns('b')} from bookings b where b.id = any($1::uuid[])`,
);

/** One that has appeared since the parties were read is absent to this batch: neither of them is locked. */
async function readBookings(
  on: Queryable,
  ids: readonly Uuid[],
  { parties }: CalendarClaim,
): Promise<Map<Uuid, Booking | null>> {
  const bookings = absent<Uuid, Booking>(ids);
  const known = ids.filter((id) => parties.has(id));
  if (known.length === 0) return bookings;
  const { rows } = await selectBookings(on, [known]);
  for (const row of rows) bookings.set(row.id, bookingOf(row));
  return bookings;
}

// Who limits their sessions a day needs those of the whole day of their zone: two instants of one day are less than 24
// hours apart, and no two offsets from UTC more than 26. Everybody else's span stays as it is.
const selectCalendars = statement<SessionRow>(
  'read_calendars',
  `select span.person_id, session.*
   from (
     select w.person_id, w.begins - coalesce(page.reach, interval '0') as begins,
            w.ends + coalesce(page.reach, interval '0') as ends, page.buffer_minutes as buffer
     from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as w (person_id, begins, ends)
     left join lateral (
       select p.buffer_minutes, case when p.sessions_per_day_max is not null then interval '50 hours' end as reach
       from practitioners p where p.id = w.person_id
       offset 0
     ) as page on true
     offset 0
   ) as span
   cross join lateral (
     ${sessionsAround('span', bookingColumns('b'))}
   ) as session`,
);

type SessionRow = BookingRow & { readonly person_id: Uuid };

async function readSessions(on: Queryable, spans: readonly CalendarSpan[]): Promise<readonly SessionRow[]> {
  if (spans.length === 0) return [];
  const { rows } = await selectCalendars(on, spanArrays(spans));
  return rows;
}

/** Several spans may meet the same session, and it may be in the footprint itself: one object for one booking. */
function calendarsFrom(
  spans: readonly CalendarSpan[],
  rows: readonly SessionRow[],
  bookings: ReadonlyMap<Uuid, Booking | null>,
): Map<Uuid, readonly Booking[]> {
  const sessions = new Map<Uuid, Map<Uuid, Booking>>();
  for (const { personId } of spans) sessions.set(personId, new Map());
  for (const row of rows) sessions.get(row.person_id)?.set(row.id, bookings.get(row.id) ?? bookingOf(row));
  const calendars = new Map<Uuid, readonly Booking[]>();
  for (const [personId, byId] of sessions) calendars.set(personId, [...byId.values()]);
  return calendars;
}
