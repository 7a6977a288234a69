import type { Decision } from '../../shared/domain/decision.ts';
import { derivedId, type Uuid } from '../../shared/domain/ids.ts';
import type { Lot } from '../../shared/domain/lots.ts';
import type { Assignment, Member, Partner } from '../../shared/domain/partner.ts';
import type {
  Account,
  Booking,
  FreedSlot,
  Person,
  Practice,
  Settings,
  SlotHold,
  State,
  WaitlistEntry,
} from '../../shared/domain/state.ts';
import type { Command, Prepared } from '../../shared/operations/define.ts';

/*
 * Everything has a default, so that a test says only what it is about. The defaults fit each other: Clara books an
 * hour with Theo, who works around the clock, on Monday 2026-06-01 at 10:00 UTC; it is two hours before.
 */

export const hourMs = 3_600_000;
export const minuteMs = 60_000;

export const now = Date.UTC(2026, 5, 1, 8);
export const ten = Date.UTC(2026, 5, 1, 10);
export const eleven = Date.UTC(2026, 5, 1, 11);

/** Ids by name: the same one in every test, and readable where it is used. */
export function idOf(name: string): Uuid {
  return derivedId(`test/${name}`);
}

export const clara = idOf('clara');
export const theo = idOf('theo');
export const eve = idOf('eve');

export const alwaysOpen = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));

export function aPractice(changes: Partial<Practice> = {}): Practice {
  return {
    timeZone: 'UTC',
    prices: [{ sessionType: 'massage', durationMinutes: 60, credits: 10 }],
    availability: alwaysOpen,
    extraWindows: [],
    timeOff: [],
    bufferMinutes: 0,
    minimumNoticeMinutes: 0,
    bookingHorizonDays: null,
    sessionsPerDayMax: null,
    cancellationPolicy: { freeUntilHours: 0, lateRefundPercent: 0 },
    ...changes,
  };
}

/** A client; see `aPractitioner`. */
export function aPerson(changes: Partial<Person> = {}): Person {
  return { id: clara, roles: ['client'], active: true, deleted: false, practice: null, ...changes };
}

export function aPractitioner(changes: Partial<Person> = {}): Person {
  return aPerson({ id: theo, roles: ['practitioner'], practice: aPractice(), ...changes });
}

export function anAccount(changes: Partial<Account> = {}): Account {
  const id = changes.id ?? clara;
  return { id, ownerId: id, balance: 100, held: 0, debt: 0, ...changes };
}

/** Ten credits of Clara's that can be spent until ten. */
export function aLot(changes: Partial<Lot> = {}): Lot {
  const id = changes.id ?? idOf('lot');
  return {
    id,
    accountId: clara,
    operationId: idOf('allocation'),
    originId: id,
    amount: 10,
    remaining: changes.amount ?? 10,
    expiresAt: ten,
    spendableFrom: null,
    source: 'bonus',
    pot: null,
    status: 'live',
    ...changes,
  };
}

/** A live session of Clara's with Theo; `bufferedUntil` follows `endsAt` unless it is said. */
export function aBooking(changes: Partial<Booking> = {}): Booking {
  return {
    id: idOf('booking'),
    clientId: clara,
    practitionerId: theo,
    peer: false,
    status: 'booked',
    startsAt: ten,
    endsAt: eleven,
    bufferedUntil: changes.endsAt ?? eleven,
    timeZone: 'UTC',
    sessionType: 'massage',
    creditCost: 10,
    refundedCredits: 0,
    cancellationPolicy: { freeUntilHours: 0, lateRefundPercent: 0 },
    notes: null,
    cancellation: null,
    settlement: 'at_booking',
    noShow: null,
    revision: 0,
    firstStartsAt: changes.startsAt ?? ten,
    lots: [],
    movedAt: null,
    ...changes,
  };
}

/** Eve keeps Clara's hour with Theo for five minutes. */
export function aSlotHold(changes: Partial<SlotHold> = {}): SlotHold {
  return {
    id: idOf('hold'),
    holderId: eve,
    practitionerId: theo,
    status: 'live',
    startsAt: ten,
    endsAt: eleven,
    bufferedUntil: changes.endsAt ?? eleven,
    sessionType: 'massage',
    expiresAt: now + 5 * minuteMs,
    waitlistEntryId: null,
    ...changes,
  };
}

/** Eve acts for it; it has no cap. */
export function aPartner(changes: Partial<Partner> = {}): Partner {
  return {
    id: idOf('acme'),
    name: 'Acme',
    ownerId: eve,
    expiryDays: 90,
    onExpiry: 'return',
    memberCap: null,
    funded: 0,
    expired: 0,
    ...changes,
  };
}

/** Clara waits for an hour with Theo between nine and noon, since an hour ago. */
export function aWaitlistEntry(changes: Partial<WaitlistEntry> = {}): WaitlistEntry {
  return {
    id: idOf('entry'),
    clientId: clara,
    practitionerId: theo,
    status: 'waiting',
    from: ten - hourMs,
    to: ten + 2 * hourMs,
    durationMinutes: 60,
    sessionType: 'massage',
    joinedAt: now - hourMs,
    isClientActive: true,
    ...changes,
  };
}

/** A member of `aPartner`, without an account and without credits. */
export function aMember(changes: Partial<Member> = {}): Member {
  const id = changes.id ?? idOf('member');
  return {
    id,
    partnerId: idOf('acme'),
    email: `${id}@test.example`,
    firstName: 'First',
    userId: null,
    status: 'active',
    active: true,
    creditsAssigned: 0,
    assignments: [],
    ...changes,
  };
}

/** Theo's hour at ten has become free, and nobody has been offered it. */
export function aFreedSlot(changes: Partial<FreedSlot> = {}): FreedSlot {
  const times = { startsAt: ten, endsAt: eleven };
  return { id: idOf('freed'), practitionerId: theo, ...times, status: 'open', offeredTo: [], holdId: null, ...changes };
}

/** Ten credits for `aMember`, given just now. */
export function anAssignment(changes: Partial<Assignment> = {}): Assignment {
  return {
    id: idOf('assignment'),
    partnerId: idOf('acme'),
    memberId: idOf('member'),
    operationId: idOf('earlier'),
    amount: 10,
    returned: 0,
    expired: 0,
    status: 'open',
    assignedAt: now,
    expiresAt: now + 90 * 24 * hourMs,
    ...changes,
  };
}

/** What Clara submits, two hours before ten. */
export function aCommand<Payload>(payload: Payload, changes: Partial<Command<Payload>> = {}): Command<Payload> {
  return {
    id: idOf('operation'),
    caller: { id: clara, roles: ['client'] },
    userId: changes.caller?.id ?? clara,
    at: now,
    isReduced: false,
    payload,
    ...changes,
  };
}

/** The rejection's code, or 'applied'. */
export function codeOf(decision: Decision): string {
  return decision.status === 'rejected' ? decision.rejection.code : decision.status;
}

/** What a registered kind decides; one that puts it off fails the test. */
export function decided({ decide }: Pick<Prepared, 'decide'>, state: State): Decision {
  const decision = decide(state);
  if (decision.status === 'deferred') throw new Error(decision.reason);
  return decision;
}

/** A house as it comes: peers are paid at once, slots kept for five minutes. */
export const plainSettings: Settings = {
  peerSettlement: 'at_booking',
  hasMail: false,
  hasRooms: false,
  slotHoldMinutes: 5,
  waitlistOfferMinutes: 30,
  expiryGraceDays: 30,
  hasPayments: true,
  checkoutHoldMinutes: 15,
};
