import { house, poolOf, unclaimedOf } from '../../shared/domain/accounts.ts';
import type { Changes, PlacedHold, PostedTransfer, WorkingState } from '../../shared/domain/changes.ts';
import type { CalendarSpan, Footprint } from '../../shared/domain/footprint.ts';
import { transferIdOf, type Uuid } from '../../shared/domain/ids.ts';
import type { Interval } from '../../shared/domain/interval.ts';
import type { Lot } from '../../shared/domain/lots.ts';
import { type Member, memberIdOf, type Partner } from '../../shared/domain/partner.ts';
import { purseOf } from '../../shared/domain/partner-credits.ts';
import { type LoyaltyHistory, type Order, type Product, pointsOf, type Vendor } from '../../shared/domain/shop.ts';
import type {
  Account,
  Allocation,
  Booking,
  FreedSlot,
  OverdueHold,
  Person,
  Settings,
  SlotHold,
  WaitlistEntry,
} from '../../shared/domain/state.ts';
import type { Upload } from '../../shared/domain/upload.ts';
import { now, plainSettings } from './builders.ts';

/*
 * The tables as maps, for tests without a database: `load` gives a batch exactly what its footprints ask for, and
 * `write` keeps what it decided. Nothing here decides anything.
 */

export interface World {
  settings: Settings;
  readonly people: Map<Uuid, Person>;
  readonly accounts: Map<Uuid, Account>;
  readonly bookings: Map<Uuid, Booking>;
  readonly slotHolds: Map<Uuid, SlotHold>;
  readonly waitlistEntries: Map<Uuid, WaitlistEntry>;
  readonly freedSlots: Map<Uuid, FreedSlot>;
  readonly partners: Map<Uuid, Partner>;
  readonly members: Map<Uuid, Member>;
  readonly lots: Map<Uuid, Lot>;
  readonly uploads: Map<Uuid, Upload>;
  readonly vendors: Map<Uuid, Vendor>;
  readonly products: Map<Uuid, Product>;
  readonly orders: Map<Uuid, Order>;
  readonly holds: Map<Uuid, PlacedHold>;
  readonly transfers: PostedTransfer[];
  /** The operations whose gifts were taken back. */
  readonly voided: Set<Uuid>;
}

export interface Rows {
  readonly people?: readonly Person[];
  readonly accounts?: readonly Account[];
  readonly bookings?: readonly Booking[];
  readonly slotHolds?: readonly SlotHold[];
  readonly waitlistEntries?: readonly WaitlistEntry[];
  readonly freedSlots?: readonly FreedSlot[];
  readonly partners?: readonly Partner[];
  readonly members?: readonly Member[];
  readonly lots?: readonly Lot[];
  readonly uploads?: readonly Upload[];
  readonly vendors?: readonly Vendor[];
  readonly products?: readonly Product[];
  readonly orders?: readonly Order[];
}

export function aWorld({
  people = [],
  accounts = [],
  bookings = [],
  slotHolds = [],
  waitlistEntries = [],
  freedSlots = [],
  partners = [],
  members = [],
  lots = [],
  uploads = [],
  vendors = [],
  products = [],
  orders = [],
}: Rows = {}): World {
  return {
    settings: plainSettings,
    people: byId(people),
    accounts: byId(accounts),
    bookings: byId(bookings),
    slotHolds: byId(slotHolds),
    waitlistEntries: byId(waitlistEntries),
    freedSlots: byId(freedSlots),
    partners: byId(partners),
    members: byId(members),
    lots: byId(lots),
    voided: new Set(),
    uploads: byId(uploads),
    vendors: byId(vendors),
    products: byId(products),
    orders: byId(orders),
    transfers: [],
    holds: new Map(),
  };
}

/** The state that one command would be decided on, given these rows. */
export function aState(rows: Rows, footprint: Footprint): WorkingState {
  return load(aWorld(rows), [footprint]);
}

/** Exactly the rows that the footprints name; a booking that exists brings its parties' rows and calendars with it. */
export function load(world: World, footprints: readonly Footprint[]): WorkingState {
  const bookings = rowsOf(
    world.bookings,
    footprints.flatMap((footprint) => footprint.bookings ?? []),
  );
  const found = [...bookings.values()].filter((booking) => booking !== null);
  const parties = found.flatMap(({ clientId, practitionerId }) => [clientId, practitionerId]);
  const spans = [
    ...footprints.flatMap((footprint) => footprint.calendars ?? []),
    ...footprints.flatMap(({ moves }) =>
      (moves ?? []).flatMap((move) =>
        partiesOf(bookings.get(move.bookingId) ?? null).map((personId) => ({ personId, from: move.from, to: move.to })),
      ),
    ),
    ...found.flatMap(({ clientId, practitionerId, startsAt, endsAt }) =>
      [clientId, practitionerId].map((personId) => ({ personId, from: startsAt, to: endsAt })),
    ),
  ];
  const ofPartners = partnersFor(world, footprints);
  const { accounts: ofShops, lots: ofOrders, ...shops } = shopsFor(world, footprints);
  const accountIds = [
    ...footprints.flatMap((footprint) => footprint.accounts ?? []),
    ...parties,
    ...accountsOf(ofPartners),
    ...ofShops,
    ...[...world.uploads.values()].flatMap(({ users }) => [...users.values()]),
  ];
  const named = [
    ...footprints.flatMap((footprint) => footprint.lots ?? []),
    ...ofOrders,
    ...found.flatMap(({ lots }) => lots.map(({ lotId }) => lotId)),
  ];
  return {
    settings: world.settings,
    at: now,
    people: rowsOf(world.people, [...footprints.flatMap((footprint) => footprint.people ?? []), ...parties]),
    accounts: rowsOf(world.accounts, accountIds),
    lots: lotsOf(world, accountIds, named),
    allocations: allocationsOf(
      world,
      footprints.flatMap((footprint) => footprint.allocations ?? []),
    ),
    bookings,
    calendars: calendarsOf(world, spans),
    slotHolds: slotHoldsOf(world, spans, footprints),
    waitlistEntries: waitlistEntriesOf(world, footprints),
    freedSlots: rowsOf(
      world.freedSlots,
      footprints.flatMap((footprint) => footprint.freedSlots ?? []),
    ),
    ...ofPartners,
    ...shops,
    uploads: rowsOf(
      world.uploads,
      footprints.flatMap(({ uploads }) => (uploads ?? []).map(({ uploadId }) => uploadId)),
    ),
  };
}

/** What the footprints name of shops; each order brings its vendor, its products and its customer's points. */
function shopsFor(world: World, footprints: readonly Footprint[]) {
  const orders = rowsOf(
    world.orders,
    footprints.flatMap((footprint) => footprint.orders ?? []),
  );
  const found = [...orders.values()].filter((order) => order !== null);
  const points = [...footprints.flatMap((footprint) => footprint.points ?? []), ...found];
  const accounts = [...new Set(points.map(pointsOf))];
  const products = rowsOf(world.products, [
    ...footprints.flatMap((footprint) => footprint.products ?? []),
    ...found.flatMap(({ items }) => items.map(({ productId }) => productId)),
  ]);
  return {
    orders,
    products: new Map([...products].map(([id, product]) => [id, product && withOverdue(world, product)])),
    vendors: rowsOf(world.vendors, [
      ...footprints.flatMap((footprint) => footprint.vendors ?? []),
      ...found.map(({ vendorId }) => vendorId),
    ]),
    loyaltyHistories: new Map(accounts.map((id) => [id, historyIn(world, id)])),
    overdueHolds: new Map(accounts.map((id) => [id, overdueIn(world, id)])),
    accounts,
    lots: [...world.orders.values()].flatMap(({ lots }) => lots.map(({ lotId }) => lotId)),
  };
}

/** What is kept of it for orders that may run out; deciders look at the time. */
function withOverdue({ orders }: World, product: Product): Product {
  const overdue = [...orders.values()].flatMap(({ id: orderId, items, reservedUntil }) =>
    items
      .filter(({ productId, stock }) => productId === product.id && stock === 'reserved' && reservedUntil !== null)
      .map(({ quantity }) => ({ orderId, quantity, until: reservedUntil })),
  );
  return { ...product, overdue };
}

function historyIn({ orders, transfers }: World, accountId: Uuid): LoyaltyHistory {
  const paid = [...orders.values()].filter((order) => pointsOf(order) === accountId && order.paidAt !== null);
  const earned = transfers.filter(({ credit, creditType }) => credit === accountId && creditType === 'earned');
  const reversed = transfers.filter(({ debit, debitType }) => debit === accountId && debitType === 'reversed');
  const sum = (rows: readonly PostedTransfer[]) => rows.reduce((total, { amount }) => total + amount, 0);
  return { paidOrders: paid.length, earnedInYear: sum(earned) - sum(reversed) };
}

function overdueIn({ orders }: World, accountId: Uuid): OverdueHold[] {
  return [...orders.values()].flatMap((order) =>
    pointsOf(order) === accountId && order.hold === 'live' && order.reservedUntil !== null
      ? [{ orderId: order.id, amount: order.pointsRedeemed, lots: order.lots, until: order.reservedUntil }]
      : [],
  );
}

/** Partners by id, by owner and by member; each member brings its partner. */
function partnersFor(world: World, footprints: readonly Footprint[]) {
  const ids = footprints.flatMap(({ partners }) => partners ?? []);
  const owners = footprints.flatMap(({ ownPartners }) => ownPartners ?? []);
  const owned = new Map([...world.partners.values()].map(({ id, ownerId }) => [ownerId, id]));
  const ownPartners = new Map(owners.map((owner) => [owner, owned.get(owner) ?? null]));
  const uploaded = footprints.flatMap(({ uploads }) =>
    (uploads ?? []).flatMap(({ uploadId, ownerId }) => {
      const partnerId = ownPartners.get(ownerId) ?? null;
      const rows = world.uploads.get(uploadId)?.rows ?? [];
      return partnerId === null ? [] : rows.map(({ email }) => memberIdOf(partnerId, email));
    }),
  );
  const members = rowsOf(world.members, [...footprints.flatMap((footprint) => footprint.members ?? []), ...uploaded]);
  const partners = rowsOf(world.partners, [
    ...ids,
    ...[...ownPartners.values()].filter((id) => id !== null),
    ...[...members.values()].flatMap((member) => (member === null ? [] : [member.partnerId])),
  ]);
  return { partners, ownPartners, members };
}

function accountsOf({ partners, members }: Pick<WorkingState, 'partners' | 'members'>): Uuid[] {
  return [
    ...[...partners.values()].flatMap((partner) =>
      partner === null ? [] : [poolOf(partner.id), unclaimedOf(partner.id)],
    ),
    ...[...members.values()].flatMap((member) => (member === null ? [] : [purseOf(member)])),
  ];
}

/** Of each account the lots with something left, and those that are named; soonest-expiring, then oldest first. */
function lotsOf({ lots }: World, accountIds: readonly Uuid[], named: readonly Uuid[]): Map<Uuid, readonly Lot[]> {
  const wanted = [...lots.values()].filter(({ id, remaining }) => remaining > 0 || named.includes(id));
  const inOrder = wanted.sort((one, other) => one.expiresAt - other.expiresAt);
  return new Map(accountIds.map((id) => [id, inOrder.filter(({ accountId }) => accountId === id)]));
}

/** What operations have given, each in its first transfer. */
function allocationsOf({ transfers, voided }: World, ids: readonly Uuid[]): Map<Uuid, Allocation | null> {
  return new Map(
    ids.map((id) => {
      const given = transfers.find((one) => one.id === transferIdOf(id, 0) && one.debit === house.issued);
      if (given === undefined) return [id, null];
      return [id, { id, accountId: given.credit, amount: given.amount, isVoided: voided.has(id) }];
    }),
  );
}

function partiesOf(booking: Booking | null): Uuid[] {
  return booking === null ? [] : [booking.clientId, booking.practitionerId];
}

/** Keeps what a batch has changed. */
export function write(world: World, changes: Changes): void {
  world.transfers.push(...changes.transfers);
  // A hold stays that of the operation that placed it first.
  for (const [id, hold] of [...changes.holdsPlaced, ...changes.holdsChanged]) {
    world.holds.set(id, { ...hold, operationId: world.holds.get(id)?.operationId ?? hold.operationId });
  }
  for (const [id, account] of changes.accounts) world.accounts.set(id, account);
  for (const { allocationId } of changes.voids) world.voided.add(allocationId);
  for (const [id, lot] of changes.lotsOpened) world.lots.set(id, lot);
  for (const [id, lot] of changes.lotsChanged) world.lots.set(id, lot);
  for (const [id, booking] of changes.bookingsCreated) world.bookings.set(id, booking);
  for (const [id, booking] of changes.bookingsChanged) world.bookings.set(id, booking);
  for (const [id, hold] of changes.slotHoldsEnded) world.slotHolds.set(id, hold);
  for (const [id, hold] of changes.slotHoldsTaken) world.slotHolds.set(id, hold);
  for (const [id, status] of changes.waitlistEnded) {
    const entry = world.waitlistEntries.get(id);
    if (entry !== undefined) world.waitlistEntries.set(id, { ...entry, status });
  }
  for (const [id, entry] of changes.waitlistJoined) world.waitlistEntries.set(id, entry);
  for (const [id, slot] of [...changes.slotsFreed, ...changes.freedSlotsChanged]) world.freedSlots.set(id, slot);
  writeShops(world, changes);
  const { partners, membersCreated, membersChanged } = changes.ofPartners;
  for (const [id, partner] of partners) world.partners.set(id, partner);
  for (const [id, member] of [...membersCreated, ...membersChanged]) world.members.set(id, member);
}

function writeShops({ products, orders }: World, { ofShops, holdsPlaced, holdsChanged }: Changes): void {
  for (const [id, product] of ofShops.products) products.set(id, product);
  for (const [id, order] of [...ofShops.ordersPlaced, ...ofShops.ordersChanged]) orders.set(id, order);
  for (const { orderId, productId, stock } of ofShops.itemsChanged.values()) {
    const order = orders.get(orderId);
    if (order === undefined) continue;
    const items = order.items.map((item) => (item.productId === productId ? { ...item, stock } : item));
    orders.set(orderId, { ...order, items });
  }
  for (const { id, status: hold } of [...holdsPlaced.values(), ...holdsChanged.values()]) {
    const order = orders.get(id);
    if (order !== undefined) orders.set(id, { ...order, hold });
  }
}

function calendarsOf(world: World, spans: readonly CalendarSpan[]): Map<Uuid, readonly Booking[]> {
  const calendars = new Map<Uuid, readonly Booking[]>();
  for (const personId of new Set(spans.map((span) => span.personId))) {
    const own = spans.filter((span) => span.personId === personId);
    const practice = world.people.get(personId)?.practice ?? null;
    const buffer = (practice?.bufferMinutes ?? 0) * 60_000;
    // Who limits their sessions a day needs those of the whole day (see `read_calendars`).
    const reach = practice === null || practice.sessionsPerDayMax === null ? 0 : 50 * 3_600_000;
    const sessions = [...world.bookings.values()].filter((booking) => {
      const isParty = booking.clientId === personId || booking.practitionerId === personId;
      const isNear = own.some(({ from, to }) => touches(booking, { from: from - reach, to: to + reach }, buffer));
      return isParty && booking.status !== 'cancelled' && isNear;
    });
    calendars.set(personId, sessions);
  }
  return calendars;
}

/** Who waits, of those named and with the practitioners named. */
function waitlistEntriesOf(world: World, footprints: readonly Footprint[]): Map<Uuid, WaitlistEntry | null> {
  const ids = footprints.flatMap(({ waitlistEntries }) => waitlistEntries ?? []);
  const waitlists = footprints.flatMap(({ waitlists }) => waitlists ?? []);
  const wanted = [...world.waitlistEntries.values()].filter(
    ({ id, practitionerId, status }) =>
      status === 'waiting' && (ids.includes(id) || waitlists.includes(practitionerId)),
  );
  return new Map<Uuid, WaitlistEntry | null>([...ids.map((id) => [id, null] as const), ...byId(wanted)]);
}

/** What is live of the holds near the spans, of those named, of those between the people named, and of offers. */
function slotHoldsOf(
  world: World,
  spans: readonly CalendarSpan[],
  footprints: readonly Footprint[],
): Map<Uuid, SlotHold | null> {
  const ids = footprints.flatMap(({ slotHolds }) => slotHolds ?? []);
  const between = footprints.flatMap(({ slotHolders }) => slotHolders ?? []);
  const entries = footprints.flatMap(({ waitlistEntries }) => waitlistEntries ?? []);
  const waitlists = footprints.flatMap(({ waitlists }) => waitlists ?? []);
  const live = [...world.slotHolds.values()].filter(({ status }) => status === 'live');
  const wanted = live.filter((hold) => {
    const { id, holderId, practitionerId } = hold;
    const isNear = spans.some(
      (span) => span.personId === practitionerId && touches(hold, span, bufferOf(world, practitionerId)),
    );
    const isBetween = between.some((pair) => pair.holderId === holderId && pair.practitionerId === practitionerId);
    const offeredTo = hold.waitlistEntryId;
    const isOffered = offeredTo !== null && (entries.includes(offeredTo) || waitlists.includes(practitionerId));
    return isNear || (isBetween && offeredTo === null) || isOffered || ids.includes(id);
  });
  return new Map<Uuid, SlotHold | null>([...ids.map((id) => [id, null] as const), ...byId(wanted)]);
}

function bufferOf(world: World, personId: Uuid): number {
  return (world.people.get(personId)?.practice?.bufferMinutes ?? 0) * 60_000;
}

/** Whether a session or hold lies within a buffer of the span: the person's present one, or its own. */
function touches(
  { startsAt, endsAt, bufferedUntil }: Pick<Booking, 'startsAt' | 'endsAt' | 'bufferedUntil'>,
  { from, to }: Interval,
  buffer: number,
): boolean {
  const apart = Math.max(buffer, bufferedUntil - endsAt);
  return from < endsAt + apart && startsAt < to + apart;
}

function rowsOf<Row>(table: ReadonlyMap<Uuid, Row>, keys: readonly Uuid[]): Map<Uuid, Row | null> {
  return new Map(keys.map((key) => [key, table.get(key) ?? null]));
}

function byId<Row extends { readonly id: Uuid }>(rows: readonly Row[]): Map<Uuid, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}
