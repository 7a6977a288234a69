import type { Uuid } from './ids.ts';
import type { Lot, LotShare } from './lots.ts';
import type { Member, Partner } from './partner.ts';
import type { LoyaltyHistory, Order, Product, Vendor } from './shop.ts';
import type { Upload } from './upload.ts';

/**
 * The rows that one batch has locked, as plain data. A key that maps to `null` was looked for and is absent; a key
 * that is missing was never asked for, and reading it is a bug (`lookup` throws).
 *
 * Instants are epoch milliseconds, amounts whole credits, both safe integers.
 */
export interface State {
  readonly settings: Settings;
  /** Epoch ms at which the command counts that is being decided. */
  readonly at: number;
  readonly people: ReadonlyMap<Uuid, Person | null>;
  readonly accounts: ReadonlyMap<Uuid, Account | null>;
  /** For each account: its lots with something left, and those that were asked for; soonest-expiring, then oldest first. */
  readonly lots: ReadonlyMap<Uuid, readonly Lot[]>;
  readonly allocations: ReadonlyMap<Uuid, Allocation | null>;
  readonly bookings: ReadonlyMap<Uuid, Booking | null>;
  /** For each calendar that was asked for: its live sessions that touch the asked-for times, in either role. */
  readonly calendars: ReadonlyMap<Uuid, readonly Booking[]>;
  /** Those that were asked for by id, and the live ones (by status) that are near the times asked for. */
  readonly slotHolds: ReadonlyMap<Uuid, SlotHold | null>;
  /** Those that were asked for by id, and all who wait with a practitioner that was asked for; null: not waiting. */
  readonly waitlistEntries: ReadonlyMap<Uuid, WaitlistEntry | null>;
  readonly freedSlots: ReadonlyMap<Uuid, FreedSlot | null>;
  readonly partners: ReadonlyMap<Uuid, Partner | null>;
  /** Which partner a user owns, by the user's id. */
  readonly ownPartners: ReadonlyMap<Uuid, Uuid | null>;
  readonly members: ReadonlyMap<Uuid, Member | null>;
  readonly uploads: ReadonlyMap<Uuid, Upload | null>;
  readonly vendors: ReadonlyMap<Uuid, Vendor | null>;
  readonly products: ReadonlyMap<Uuid, Product | null>;
  readonly orders: ReadonlyMap<Uuid, Order | null>;
  /** By points account. */
  readonly loyaltyHistories: ReadonlyMap<Uuid, LoyaltyHistory>;
  /** By points account: what is set aside for orders whose time is over. */
  readonly overdueHolds: ReadonlyMap<Uuid, readonly OverdueHold[]>;
}

/** Points that are set aside for an order whose time is over: its customer may have them. */
export interface OverdueHold {
  readonly orderId: Uuid;
  readonly amount: number;
  readonly lots: readonly LotShare[];
  /** Epoch ms. */
  readonly until: number;
}

/** What operators have decided about the whole house, as data. */
export interface Settings {
  /** When the practitioner of a peer session gets its cost; kept with each booking as it was when it was made. */
  readonly peerSettlement: PeerSettlement;
  /** Whether there is somebody who sends mails; otherwise notifications are only shown. */
  readonly hasMail: boolean;
  /** Whether sessions get a video room. */
  readonly hasRooms: boolean;
  /** For how long a slot hold keeps its slot. */
  readonly slotHoldMinutes: number;
  /** For how long a freed slot is kept for whom it is offered to. */
  readonly waitlistOfferMinutes: number;
  /** For how long credits can be spent that come back after their lot has ended. */
  readonly expiryGraceDays: number;
  /** Whether cards can be charged. */
  readonly hasPayments: boolean;
  /** For how long stock and points are kept for an order that is not paid yet. */
  readonly checkoutHoldMinutes: number;
}

/** `on_completion`: until the session is over its cost stays with the client, held. */
export type PeerSettlement = 'at_booking' | 'on_completion';

export interface Person {
  readonly id: Uuid;
  readonly roles: readonly string[];
  readonly active: boolean;
  readonly deleted: boolean;
  /** What they offer as a practitioner; null without a practitioner page. */
  readonly practice: Practice | null;
}

export interface Practice {
  /** IANA name; the windows are wall times of this zone. */
  readonly timeZone: string;
  readonly prices: readonly Price[];
  readonly availability: readonly WeeklyWindow[];
  /** Hours of single dates, besides the weekly ones. */
  readonly extraWindows: readonly DateWindow[];
  readonly timeOff: readonly TimeOff[];
  readonly bufferMinutes: number;
  readonly minimumNoticeMinutes: number;
  /** How far ahead a session may begin; null: as far as one likes. */
  readonly bookingHorizonDays: number | null;
  /** How many sessions they treat on one day of their zone, counted by their starts; null: any number. */
  readonly sessionsPerDayMax: number | null;
  readonly cancellationPolicy: CancellationPolicy;
}

export interface Price {
  readonly sessionType: string;
  readonly durationMinutes: number;
  readonly credits: number;
}

/** `weekday` 1 (Monday) to 7; `start` and `end` wall times "09:00" to "24:00", never across midnight. */
export interface WeeklyWindow {
  readonly weekday: number;
  readonly start: string;
  readonly end: string;
}

/** `date` "2026-12-24" of the practitioner's zone; `start` and `end` as in a `WeeklyWindow`. */
export interface DateWindow {
  readonly date: string;
  readonly start: string;
  readonly end: string;
}

/** Half-open, RFC 3339 with offset. */
export interface TimeOff {
  readonly from: string;
  readonly to: string;
}

export interface CancellationPolicy {
  readonly freeUntilHours: number;
  readonly lateRefundPercent: number;
}

export interface Account {
  readonly id: Uuid;
  readonly ownerId: Uuid;
  /** What the ledger says: the sum of all transfers in and out. */
  readonly balance: number;
  /** The part of `balance` that live holds have set aside. */
  readonly held: number;
  /** What the owner owes from the next income (design.md §2.10). */
  readonly debt: number;
}

/** Credits that the house gave to an account, by the operation that did. */
export interface Allocation {
  readonly id: Uuid;
  readonly accountId: Uuid;
  readonly amount: number;
  /** Whether what was left of it has been taken back. */
  readonly isVoided: boolean;
}

export type BookingStatus = 'booked' | 'completed' | 'cancelled' | 'no_show';

export interface Booking {
  /** The id of the operation that made it. */
  readonly id: Uuid;
  readonly clientId: Uuid;
  readonly practitionerId: Uuid;
  /** Peer: the cost moved to the treating practitioner; otherwise to the house. */
  readonly peer: boolean;
  readonly status: BookingStatus;
  readonly startsAt: number;
  readonly endsAt: number;
  /** `endsAt` plus the practitioner's buffer when it was booked: nobody is booked with them before it. */
  readonly bufferedUntil: number;
  readonly timeZone: string;
  readonly sessionType: string;
  readonly creditCost: number;
  readonly refundedCredits: number;
  /** The practitioner's policy when it was booked: later changes do not touch this booking. */
  readonly cancellationPolicy: CancellationPolicy;
  readonly notes: string | null;
  readonly cancellation: Cancellation | null;
  /** When the practitioner of a peer session gets its cost, as it was decided when it was booked. */
  readonly settlement: PeerSettlement;
  /** Who did not come; null unless the status is `no_show`. */
  readonly noShow: 'client' | 'practitioner' | null;
  /** How often it was moved. */
  readonly revision: number;
  /** The earliest start that it ever had: moving a session later makes no late cancellation free again. */
  readonly firstStartsAt: number;
  /** When it was moved last, epoch ms; null: never. */
  readonly movedAt: number | null;
  /** Which lots have paid for it, or are set aside for it, in the order in which they were taken; the rest of the cost had no end. */
  readonly lots: readonly LotShare[];
}

export interface Cancellation {
  readonly by: 'client' | 'practitioner' | 'ops';
  readonly reason: string | null;
  readonly at: number;
}

/** A practitioner's time, kept for somebody who is about to book it. */
export interface SlotHold {
  /** The id of the operation that took it. */
  readonly id: Uuid;
  readonly holderId: Uuid;
  readonly practitionerId: Uuid;
  /** A hold that has run out stays `live`: it dies by time alone, and only `isKeeping` says whether it has. */
  readonly status: SlotHoldStatus;
  readonly startsAt: number;
  readonly endsAt: number;
  /** `endsAt` plus the practitioner's buffer when it was taken, as with a booking. */
  readonly bufferedUntil: number;
  readonly sessionType: string;
  /** From this instant on it keeps nothing. */
  readonly expiresAt: number;
  /** Whose turn it was, when a freed slot was offered by it; null: its holder has asked for it. */
  readonly waitlistEntryId: Uuid | null;
}

/** `used`: its holder has booked; `replaced`: its holder has taken another one with the same practitioner. */
export type SlotHoldStatus = 'live' | 'used' | 'released' | 'replaced';

/** Somebody who takes a session with a practitioner when one becomes free in [from, to). */
export interface WaitlistEntry {
  /** The id of the operation that joined. */
  readonly id: Uuid;
  readonly clientId: Uuid;
  readonly practitionerId: Uuid;
  readonly status: WaitlistStatus;
  readonly from: number;
  readonly to: number;
  readonly durationMinutes: number;
  readonly sessionType: string;
  readonly joinedAt: number;
  /** Whether the client is active in the directory. */
  readonly isClientActive: boolean;
}

/** `fulfilled`: what was offered has been booked; `over`: its time has passed and its client has joined anew. */
export type WaitlistStatus = 'waiting' | 'fulfilled' | 'left' | 'over';

/** The time of a session that was cancelled or moved away, on its way to those who wait for it. */
export interface FreedSlot {
  /** The id of the operation that freed it. */
  readonly id: Uuid;
  readonly practitionerId: Uuid;
  readonly startsAt: number;
  readonly endsAt: number;
  /** `closed`: nobody who waits wants it, or it is gone. */
  readonly status: 'open' | 'closed';
  /** The entries that it was offered to, one after the other: as many as there were turns. */
  readonly offeredTo: readonly Uuid[];
  /** The slot hold of the last turn. */
  readonly holdId: Uuid | null;
}

/** The row under `key`, or null when it does not exist. Throws when the footprint did not ask for it. */
export function lookup<Row>(rows: ReadonlyMap<Uuid, Row | null>, key: Uuid): Row | null {
  const row = rows.get(key);
  if (row === undefined) throw new FootprintError(key);
  return row;
}

/** The sessions of one calendar; throws when the footprint did not ask for it. */
export function calendarOf(state: State, personId: Uuid): readonly Booking[] {
  const sessions = state.calendars.get(personId);
  if (sessions === undefined) throw new FootprintError(personId);
  return sessions;
}

/** What a customer has been to a vendor; throws when the footprint did not ask for it. */
export function historyOf(state: State, accountId: Uuid): LoyaltyHistory {
  const history = state.loyaltyHistories.get(accountId);
  if (history === undefined) throw new FootprintError(accountId);
  return history;
}

/** The lots of one account; throws when the footprint did not ask for it. */
export function lotsOf(state: Pick<State, 'lots'>, accountId: Uuid): readonly Lot[] {
  const lots = state.lots.get(accountId);
  if (lots === undefined) throw new FootprintError(accountId);
  return lots;
}

/** A decider read a row that its footprint does not name: a bug, never a business no. */
export class FootprintError extends Error {
  constructor(key: Uuid) {
    super(`row ${key} was read but is not in the footprint`);
    this.name = 'FootprintError';
  }
}
