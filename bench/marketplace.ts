import type pg from 'pg';
import { fingerprintOf } from '../api/acceptance/fingerprint.ts';
import type { Submission } from '../db/accept.ts';
import { house } from '../shared/domain/accounts.ts';
import { derivedId, operationIdOf, transferIdOf, type Uuid } from '../shared/domain/ids.ts';
import type { Practice } from '../shared/domain/state.ts';
import { bookingCreate } from '../shared/operations/booking-create/booking-create.ts';

/** The people of a run. Their ids follow from their numbers, so that nothing about them has to be kept. */
export interface Marketplace {
  readonly clients: readonly Uuid[];
  readonly practitioners: readonly Uuid[];
}

/** A booking that will succeed: nobody of the plan is in two places at once, and everybody can pay. */
export interface PlannedBooking {
  /** Of the operation, and therefore of the booking. */
  readonly id: Uuid;
  readonly key: string;
  readonly clientId: Uuid;
  readonly body: {
    readonly practitionerId: Uuid;
    readonly startsAt: string;
    readonly durationMinutes: number;
    readonly sessionType: string;
  };
}

export const bookingsPath = '/v1/bookings';

const admin = derivedId('bench/admin');

/** Enough for every plan: no booking is ever refused. */
const creditsEach = 100_000_000;

const price = { sessionType: 'massage', durationMinutes: 30, credits: 3 };
const slotMs = price.durationMinutes * 60_000;
const dayMs = 24 * 3_600_000;

/** So long ago everybody got their credits, before anything else happened. */
const yearMs = 365 * dayMs;

const timeZones = ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Europe/London', 'Australia/Sydney'];

/** Practitioners are numbered through anew in every slot, by steps of a prime, so that clients meet different ones. */
const stride = 17;

export function marketplaceOf(size: { readonly clients: number; readonly practitioners: number }): Marketplace {
  const idsOf = (role: string, count: number) =>
    Array.from({ length: count }, (_, n) => derivedId(`bench/${role}/${n}`));
  return { clients: idsOf('client', size.clients), practitioners: idsOf('practitioner', size.practitioners) };
}

/**
 * Puts everybody into an empty, migrated database, in bulk; clients get their credits as the ledger would have given
 * them: an operation, a transfer, a balance.
 */
export async function populate(database: pg.Client, { clients, practitioners }: Marketplace): Promise<void> {
  await insertPeople(database, clients, 'client');
  await insertPeople(database, practitioners, 'practitioner');
  await database.query(
    `insert into practitioners (id, time_zone, prices, availability, time_off, buffer_minutes, minimum_notice_minutes,
                                cancellation_policy)
     select id, zone, $3, $4, $5, $6, $7, $8 from unnest($1::uuid[], $2::text[]) as page (id, zone)`,
    [
      practitioners,
      practitioners.map((_, n) => practiceOf(n).timeZone),
      ...[practice.prices, practice.availability, practice.timeOff].map((value) => JSON.stringify(value)),
      practice.bufferMinutes,
      practice.minimumNoticeMinutes,
      JSON.stringify(practice.cancellationPolicy),
    ],
  );
  await database.query('insert into accounts (id, owner_id) select id, id from unnest($1::uuid[]) as id', [
    [...clients, ...practitioners],
  ]);
  await giveCredits(database, clients);
  // What is empty stays as new: a table that was found empty is planned for as empty until it is looked at again.
  await database.query('vacuum analyze users, practitioners, accounts, operations, lane_tails, lane_heads, transfers');
}

const practice: Practice = practiceOf(0);

/** Around the clock, because it costs as much to check as any other week and lets every slot be booked. */
function practiceOf(n: number): Practice {
  return {
    timeZone: timeZones[n % timeZones.length] ?? 'UTC',
    prices: [price, { ...price, durationMinutes: 60, credits: 5 }],
    availability: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' })),
    extraWindows: [],
    timeOff: [],
    bufferMinutes: 0,
    minimumNoticeMinutes: 0,
    bookingHorizonDays: null,
    sessionsPerDayMax: null,
    cancellationPolicy: { freeUntilHours: 24, lateRefundPercent: 50 },
  };
}

async function insertPeople(database: pg.Client, ids: readonly Uuid[], role: string): Promise<void> {
  await database.query(
    `insert into users (id, email, first_name, last_name, roles, time_zone, active, email_verified)
     select id, $2 || n || '@example.test', initcap($2), 'No. ' || n, array[$2], 'UTC', true, true
     from unnest($1::uuid[]) with ordinality as person (id, n)`,
    [ids, role],
  );
}

async function giveCredits(database: pg.Client, clients: readonly Uuid[]): Promise<void> {
  const gifts = clients.map((id) => operationIdOf(admin, `gift/${id}`));
  await database.query(
    `with gift as (
       select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as gift (client, operation, transfer)
     ), recorded as (
       insert into operations (id, kind, lane, lane_seq, caller_id, caller_roles, fingerprint, payload, accepted_at,
                               status, attempts, settled_at, outcome)
       select operation, 'credits.allocate', client, 1, $4, '{admin}', sha256(operation::text::bytea),
              jsonb_build_object('userId', client, 'amount', $5::bigint, 'source', 'bonus'), $7,
              'succeeded', 1, $7, jsonb_build_object('balanceAfter', $5::bigint)
       from gift
     ), tails as (
       insert into lane_tails (id, last_seq, last_accepted_at) select client, 1, $7 from gift
     ), heads as (
       insert into lane_heads (id, settled_seq) select client, 1 from gift
     ), moved as (
       insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                              credit_before, created_at)
       select transfer, operation, $6, client, $5, 'bonus', 'bonus', 'bonus', 0, $7 from gift
     )
     update accounts set balance = $5 from gift where accounts.id = gift.client`,
    [
      clients,
      gifts,
      gifts.map((id) => transferIdOf(id, 0)),
      admin,
      creditsEach,
      house.issued,
      new Date(Date.now() - yearMs),
    ],
  );
}

/**
 * `count` bookings from number `from` on, in an order that mixes people and times; different numbers never collide.
 * Each slot is booked once with every practitioner, and by different clients.
 */
export function planBookings({ clients, practitioners }: Marketplace, from: number, count: number): PlannedBooking[] {
  const planned = Array.from({ length: count }, (_, nth) => {
    const number = from + nth;
    const slot = Math.floor(number / practitioners.length);
    const practitioner = practitioners[(number + slot * stride) % practitioners.length] ?? '';
    return plannedBooking(clients[number % clients.length] ?? '', practitioner, slot);
  });
  return shuffled(planned);
}

/** How many bookings are planned before all practitioners are booked for a day. */
export function bookingsPerDay({ practitioners }: Marketplace): number {
  return practitioners.length * Math.floor(dayMs / slotMs);
}

/** `count` bookings of one client, one after the other, each with another practitioner. */
export function planBookingsOfOne(
  { clients, practitioners }: Marketplace,
  from: number,
  count: number,
): PlannedBooking[] {
  return Array.from({ length: count }, (_, nth) => {
    const slot = from + nth;
    return plannedBooking(clients[0] ?? '', practitioners[(slot * stride) % practitioners.length] ?? '', slot);
  });
}

/** The first slot begins at the full hour a day from now. */
const firstSlotAt = Math.ceil(Date.now() / 3_600_000) * 3_600_000 + dayMs;

function plannedBooking(clientId: Uuid, practitionerId: Uuid, slot: number): PlannedBooking {
  const startsAt = new Date(firstSlotAt + slot * slotMs).toISOString();
  const { durationMinutes, sessionType } = price;
  const key = `${practitionerId}/${startsAt}`;
  const body = { practitionerId, startsAt, durationMinutes, sessionType };
  return { id: operationIdOf(clientId, key), key, clientId, body };
}

/** As the API would hand it to the database. */
export function submissionOf({ id, clientId, body }: PlannedBooking): Submission {
  const { payload, lane } = bookingCreate.submit({ id: clientId, roles: ['client'] }, body);
  return {
    id,
    kind: bookingCreate.kind,
    lane,
    callerId: clientId,
    callerRoles: ['client'],
    fingerprint: fingerprintOf('POST', bookingsPath, body),
    payload,
  };
}

/** The same order in every run. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  const random = pseudoRandom(1);
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** Mulberry32: 0 up to 1, the same numbers for the same seed. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
