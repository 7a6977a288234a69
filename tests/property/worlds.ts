import fc from 'fast-check';
import { poolOf, unclaimedOf } from '../../shared/domain/accounts.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { endless, type Lot } from '../../shared/domain/lots.ts';
import type { Assignment, Member, Partner } from '../../shared/domain/partner.ts';
import type {
  Account,
  Booking,
  FreedSlot,
  Person,
  Practice,
  SlotHold,
  WaitlistEntry,
} from '../../shared/domain/state.ts';
import type { Upload } from '../../shared/domain/upload.ts';
import { hourMs, idOf, minuteMs } from '../support/builders.ts';
import { aWorld, type World } from '../support/world.ts';
import type { Pool } from './payloads.ts';
import { anyShops, around, people, shopPool } from './shop-worlds.ts';

/*
 * Any tables that the database would accept, and some that it would not: laws must hold on all of them.
 */

const members = ['one', 'two', 'three', 'four'].map(idOf);
const assignments = members.flatMap((id) => [0, 1, 2].map((nth) => idOf(`${id}/${nth}`)));

export const pool: Pool = {
  people: people.map(idOf),
  bookings: ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'].map(idOf),
  slotHolds: ['kept', 'held', 'spoken for'].map(idOf),
  waitlistEntries: ['early', 'late', 'last'].map(idOf),
  freedSlots: ['freed', 'free'].map((name, index) => freedSlot(name, index)),
  partners: ['acme', 'umbrella'].map(idOf),
  members,
  assignments,
  lots: ['early', 'late'].flatMap((name) => people.map((who) => idOf(`${name}/${who}`))),
  allocations: ['first gift', 'second gift'].map(idOf),
  uploads: ['file'].map(idOf),
  ...shopPool,
  around,
};

const anInstant = fc.integer({ min: -20, max: 20 }).map((quarters) => around + quarters * 15 * minuteMs);

/** An instant at which an operation may count. */
export const anyTime = fc.integer({ min: -60, max: 4 }).map((hours) => around + hours * hourMs);

const wallTime = fc.integer({ min: 0, max: 24 * 60 }).map((minutes) => {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
});

const policy = fc.record({
  freeUntilHours: fc.oneof(fc.constantFrom(0, 24), fc.nat({ max: 1_000 })),
  lateRefundPercent: fc.integer({ min: 0, max: 100 }),
});

const aWindow = fc.record({ weekday: fc.integer({ min: 1, max: 7 }), start: wallTime, end: wallTime });
const aroundTheClock = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));

const price = fc.record({
  sessionType: fc.constantFrom('massage', 'talk'),
  durationMinutes: fc.constantFrom(30, 60),
  credits: fc.nat({ max: 40 }),
});
const aDateWindow = fc.record({
  date: fc.constantFrom('2026-10-24', '2026-10-25', '2026-10-26'),
  start: wallTime,
  end: wallTime,
});
const fullList = fc
  .nat({ max: 40 })
  .map((credits) =>
    ['massage', 'talk'].flatMap((sessionType) =>
      [30, 60].map((durationMinutes) => ({ sessionType, durationMinutes, credits })),
    ),
  );

export const practice: fc.Arbitrary<Practice> = fc.record({
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia'),
  prices: fc.oneof({ weight: 3, arbitrary: fullList }, fc.array(price, { maxLength: 4 })),
  availability: fc.oneof({ weight: 2, arbitrary: fc.constant(aroundTheClock) }, fc.array(aWindow, { maxLength: 9 })),
  timeOff: fc.array(fc.record({ from: anInstant.map(written), to: anInstant.map(written) }), { maxLength: 2 }),
  bufferMinutes: fc.constantFrom(0, 10, 45),
  minimumNoticeMinutes: fc.constantFrom(0, 10, 600),
  extraWindows: fc.array(aDateWindow, { maxLength: 3 }),
  bookingHorizonDays: fc.constantFrom(null, null, 1, 2),
  sessionsPerDayMax: fc.constantFrom(null, null, null, 1, 2),
  cancellationPolicy: policy,
});

function person(id: Uuid): fc.Arbitrary<Person> {
  return fc.record({
    id: fc.constant(id),
    roles: fc.subarray(['client', 'practitioner', 'vendor']),
    active: mostly(true),
    deleted: mostly(false),
    practice: fc.option(practice, { freq: 12 }),
  });
}

function account(id: Uuid): fc.Arbitrary<Account> {
  const amounts = fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 }), fc.oneof(fc.constant(0), fc.nat({ max: 60 })));
  return amounts.map(([spendable, held, debt]) => ({ id, ownerId: id, balance: spendable + held, held, debt }));
}

function booking(id: Uuid): fc.Arbitrary<Booking> {
  const times = fc.record({
    startsAt: anInstant,
    minutes: fc.constantFrom(30, 60),
    buffer: fc.constantFrom(0, 10, 45),
  });
  const rest = fc.record({
    clientId: fc.constantFrom(...pool.people),
    practitionerId: fc.constantFrom(...pool.people),
    peer: fc.boolean(),
    status: fc.constantFrom<Booking['status'][]>('booked', 'booked', 'completed', 'cancelled', 'no_show'),
    creditCost: fc.nat({ max: 40 }),
    cancellationPolicy: policy,
  });
  return fc.tuple(times, rest).map(([{ startsAt, minutes, buffer }, fields]) => {
    const endsAt = startsAt + minutes * minuteMs;
    const fixed = { timeZone: 'UTC', sessionType: 'massage', refundedCredits: 0, notes: null, cancellation: null };
    const life = { settlement: 'at_booking', revision: 0, firstStartsAt: startsAt, movedAt: null, lots: [] } as const;
    const noShow = fields.status === 'no_show' ? ('client' as const) : null;
    return { id, startsAt, endsAt, bufferedUntil: endsAt + buffer * minuteMs, noShow, ...life, ...fixed, ...fields };
  });
}

function slotHold(id: Uuid): fc.Arbitrary<SlotHold> {
  const fields = {
    holderId: fc.constantFrom(...pool.people),
    practitionerId: fc.constantFrom(...pool.people),
    status: fc.constantFrom<SlotHold['status'][]>('live', 'live', 'live', 'used', 'released', 'replaced'),
    startsAt: anInstant,
    minutes: fc.constantFrom(30, 60),
    buffer: fc.constantFrom(0, 10, 45),
    expiresAt: anyTime.map((at) => at + hourMs),
    waitlistEntryId: fc.option(fc.constantFrom(...pool.waitlistEntries)),
  };
  return fc.record(fields).map(({ minutes, buffer, ...hold }) => {
    const endsAt = hold.startsAt + minutes * minuteMs;
    return { id, ...hold, endsAt, bufferedUntil: endsAt + buffer * minuteMs, sessionType: 'massage' };
  });
}

function waitlistEntry(id: Uuid): fc.Arbitrary<WaitlistEntry> {
  const fields = {
    clientId: fc.constantFrom(...pool.people),
    practitionerId: fc.constantFrom(...pool.people),
    status: fc.constantFrom<WaitlistEntry['status'][]>('waiting', 'waiting', 'waiting', 'fulfilled', 'left', 'over'),
    from: anInstant,
    hours: fc.integer({ min: 1, max: 10 }),
    durationMinutes: fc.constantFrom(30, 60),
    sessionType: fc.constantFrom('massage', 'talk'),
    joinedAt: anyTime,
    isClientActive: mostly(true),
  };
  return fc.record(fields).map(({ hours, ...entry }) => ({ id, ...entry, to: entry.from + hours * hourMs }));
}

/** The second one has had its first turn. */
function freedSlot(name: string, turns: number): FreedSlot {
  const startsAt = around + 2 * hourMs;
  const offeredTo = ['early'].slice(0, turns).map(idOf);
  const times = { startsAt, endsAt: startsAt + hourMs };
  return { id: idOf(name), practitionerId: idOf('ann'), ...times, status: 'open', offeredTo, holdId: null };
}

function partner(id: Uuid): fc.Arbitrary<Partner> {
  return fc.record({
    id: fc.constant(id),
    name: fc.constant('Acme'),
    ownerId: fc.constantFrom(...pool.people),
    expiryDays: fc.integer({ min: 1, max: 400 }),
    onExpiry: fc.constantFrom<Partner['onExpiry'][]>('return', 'forfeit'),
    memberCap: fc.option(fc.record({ credits: fc.integer({ min: 1, max: 60 }), days: fc.constantFrom(1, 30) })),
    funded: fc.nat({ max: 1_000 }),
    expired: fc.constant(0),
  });
}

function member(id: Uuid): fc.Arbitrary<Member> {
  const fields = fc.record({
    partnerId: fc.constantFrom(...pool.partners),
    userId: fc.option(fc.constantFrom(...pool.people)),
    status: fc.constantFrom<Member['status'][]>('active', 'active', 'active', 'removed'),
    active: mostly(true),
  });
  const given = fc.array(
    fc.tuple(fc.integer({ min: 30, max: 40 }), anInstant, fc.boolean(), fc.constantFrom(1, 24 * 90)),
    { maxLength: 3 },
  );
  return fc.tuple(fields, given).map(([{ partnerId, userId, status, active }, amounts]) => {
    const assignments = amounts.map(([amount, assignedAt, isOpen, hours], nth): Assignment => {
      const fixed = { id: idOf(`${id}/${nth}`), memberId: id, partnerId, operationId: idOf('earlier'), amount };
      const times = { assignedAt, expiresAt: assignedAt + hours * hourMs };
      return { ...fixed, ...times, returned: 0, expired: 0, status: isOpen ? 'open' : 'closed' };
    });
    const creditsAssigned = assignments.reduce((sum, { amount }) => sum + amount, 0);
    const names = { email: `${id}@test.example`, firstName: 'First' };
    return {
      id,
      partnerId,
      userId,
      status,
      active: active && status === 'active',
      creditsAssigned,
      assignments,
      ...names,
    };
  });
}

/**
 * Of each account one lot that ends soon and one that ends later, within what it can spend; some are of what a member was
 * assigned, each of another assignment, and none of more than that.
 */
function lotsOf(accounts: readonly Account[]): fc.Arbitrary<Lot[]> {
  const some = accounts.flatMap(({ id: accountId, balance, held }, nth) =>
    ['early', 'late'].map((name, position) => {
      const id = idOf(`${name}/${nameOf(accountId)}`);
      return fc
        .record({
          remaining: fc.nat({ max: Math.floor((balance - held) / 2) }),
          spent: fc.nat({ max: 9 }),
          end: anInstant,
          originId: fc.constantFrom(id, assignments[2 * nth + position] ?? id),
          pot: fc.constantFrom(null, 'sub_1'),
          isEndless: fc.nat({ max: 5 }).map((roll) => roll === 0),
        })
        .map(({ remaining, spent, end, originId, pot, isEndless }): Lot => {
          const amount = remaining + spent + 1;
          const fixed = {
            operationId: idOf('allocation'),
            originId,
            spendableFrom: null,
            source: 'bonus',
            pot,
            status: 'live',
          } as const;
          const expiresAt = isEndless ? endless : end + position * 24 * hourMs;
          return { id, accountId, amount, remaining, expiresAt, ...fixed };
        });
    }),
  );
  return fc.tuple(...some);
}

function nameOf(personId: Uuid): string {
  return people.find((name) => idOf(name) === personId) ?? 'nobody';
}

const address = fc.constantFrom('a@corp.test', 'A@Corp.test', 'b@corp.test', 'c@corp.test', 'nobody');

function upload(id: Uuid): fc.Arbitrary<Upload> {
  const row = fc.record({
    email: address,
    firstName: fc.constantFrom('Ann', 'Ben', ''),
    credits: fc.oneof(fc.integer({ min: -1, max: 20 }).map(String), fc.constantFrom('', '1.5', '1e3', '9'.repeat(20))),
  });
  const users = fc.array(fc.tuple(fc.constantFrom('a@corp.test', 'b@corp.test'), fc.constantFrom(...pool.people)));
  const earlier = fc.array(fc.tuple(address, fc.record({ created: fc.boolean(), credits: fc.nat({ max: 9 }) })));
  const fields = fc.record({
    callerId: fc.constantFrom(...pool.people),
    rest: fc.nat({ max: 2 }),
    done: fc.nat({ max: 9 }),
  });
  return fc
    .tuple(fields, fc.array(row, { maxLength: 8 }), users, earlier)
    .map(([{ callerId, rest, done }, rows, known, before]) => ({
      id,
      callerId,
      total: done + rows.length + rest,
      totals: { done, created: done, updated: 0, allocated: done, failed: 0 },
      rows: rows.map((one, nth) => ({ ...one, position: done + nth, line: done + nth + 2 })),
      users: new Map(known),
      earlier: new Map(before),
      errors: [],
    }));
}

export const anyWorld: fc.Arbitrary<World> = fc
  .record({
    people: someOf(pool.people, person),
    accounts: accountsOf([...pool.people, ...pool.partners.map(poolOf)]),
    bookings: someOf(pool.bookings, booking),
    slotHolds: someOf(pool.slotHolds, slotHold),
    waitlistEntries: someOf(pool.waitlistEntries, waitlistEntry),
    freedSlots: fc.subarray([...pool.freedSlots]),
    // A member without a partner is what no table would accept, and nobody looks for.
    partners: fc.tuple(...pool.partners.map(partner)),
    uploads: someOf(pool.uploads, upload),
    members: someOf(pool.members, member),
    shops: anyShops,
  })
  .chain(({ accounts, shops, ...rows }) =>
    lotsOf(accounts.filter(({ id }) => pool.people.includes(id))).map((lots) =>
      aWorld({
        ...rows,
        ...shops,
        accounts: [...accounts, ...shops.accounts],
        lots: [...lots, ...shops.lots],
      }),
    ),
  );

/** Some of what there may be, and what waits for members without an account: it is never less than they were assigned. */
function accountsOf(ids: readonly Uuid[]): fc.Arbitrary<Account[]> {
  const waiting = pool.partners.map(unclaimedOf).map((id) => ({ id, ownerId: id, balance: 1_000, held: 0, debt: 0 }));
  return someOf(ids, account).map((accounts) => [...accounts, ...waiting]);
}

/** Rows for most of the keys. */
function someOf<Row>(keys: readonly Uuid[], row: (key: Uuid) => fc.Arbitrary<Row>): fc.Arbitrary<Row[]> {
  const rows = fc.tuple(...keys.map((key) => fc.option(row(key), { freq: 12 })));
  return rows.map((found) => found.filter((each) => each !== null));
}

function mostly(usual: boolean): fc.Arbitrary<boolean> {
  return fc.oneof({ weight: 15, arbitrary: fc.constant(usual) }, fc.constant(!usual));
}

function written(instant: number): string {
  return new Date(instant).toISOString();
}
