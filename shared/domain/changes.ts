import { noPartnerChanges, type PartnerChanges, type PartnerState } from './apply-partners.ts';
import { noShopChanges, type ShopChanges, type ShopState } from './apply-shop.ts';
import type { Hold, HoldEnded, Transfer } from './effects.ts';
import type { Uuid } from './ids.ts';
import type { LotChanges } from './lot-keeper.ts';
import type { Lot } from './lots.ts';
import type { Outgoing } from './outbox.ts';
import type {
  Account,
  Allocation,
  Booking,
  FreedSlot,
  Person,
  SlotHold,
  State,
  WaitlistEntry,
  WaitlistStatus,
} from './state.ts';

/**
 * The state of a batch while it is being decided: the loaded rows, and what the effects so far have changed. It is
 * the only mutable state in `shared/`, it lives for one batch, and only `apply` writes to its rows.
 */
export interface WorkingState extends State, PartnerState, ShopState {
  at: number;
  readonly people: Map<Uuid, Person | null>;
  readonly accounts: Map<Uuid, Account | null>;
  readonly lots: Map<Uuid, readonly Lot[]>;
  readonly allocations: Map<Uuid, Allocation | null>;
  readonly bookings: Map<Uuid, Booking | null>;
  readonly calendars: Map<Uuid, readonly Booking[]>;
  readonly slotHolds: Map<Uuid, SlotHold | null>;
  readonly waitlistEntries: Map<Uuid, WaitlistEntry | null>;
  readonly freedSlots: Map<Uuid, FreedSlot | null>;
  readonly partners: PartnerState['partners'];
  readonly members: PartnerState['members'];
  readonly products: ShopState['products'];
  readonly orders: ShopState['orders'];
  readonly loyaltyHistories: ShopState['loyaltyHistories'];
  readonly overdueHolds: ShopState['overdueHolds'];
}

/** What a batch has to write; rows that were changed several times appear once, in their last state. */
export interface Changes extends LotChanges {
  readonly transfers: PostedTransfer[];
  readonly accounts: Map<Uuid, Account>;
  readonly bookingsCreated: Map<Uuid, Booking>;
  readonly bookingsChanged: Map<Uuid, Booking>;
  readonly holdsPlaced: Map<Uuid, PlacedHold>;
  readonly holdsChanged: Map<Uuid, PlacedHold>;
  readonly outbox: OutboxEntry[];
  readonly slotHoldsTaken: Map<Uuid, SlotHold>;
  readonly slotHoldsEnded: Map<Uuid, SlotHold>;
  readonly waitlistJoined: Map<Uuid, WaitlistEntry>;
  readonly waitlistEnded: Map<Uuid, WaitlistStatus>;
  /** What sessions have left behind; kept where somebody waits for it. */
  readonly slotsFreed: Map<Uuid, FreedSlot>;
  readonly freedSlotsChanged: Map<Uuid, FreedSlot>;
  readonly ofPartners: PartnerChanges;
  readonly ofShops: ShopChanges;
  readonly voids: AllocationVoid[];
}

export interface AllocationVoid {
  readonly allocationId: Uuid;
  readonly operationId: Uuid;
  readonly amount: number;
}

/** Something to do outside, with its identity. */
export type OutboxEntry = Outgoing & {
  readonly id: Uuid;
  readonly operationId: Uuid;
  readonly status: 'waiting' | 'skipped';
};

/** A hold as it is written: live, or what became of it. */
export interface PlacedHold extends Hold {
  readonly operationId: Uuid;
  readonly status: 'live' | HoldEnded['as'];
}

/** A transfer with its identity and, for each side that is materialised, the balance before and after it. */
export interface PostedTransfer extends Transfer {
  readonly id: Uuid;
  readonly operationId: Uuid;
  readonly debitBefore: number | null;
  readonly creditBefore: number | null;
}

export function noChanges(): Changes {
  return {
    transfers: [],
    accounts: new Map(),
    bookingsCreated: new Map(),
    bookingsChanged: new Map(),
    holdsPlaced: new Map(),
    holdsChanged: new Map(),
    outbox: [],
    slotHoldsTaken: new Map(),
    slotHoldsEnded: new Map(),
    waitlistJoined: new Map(),
    waitlistEnded: new Map(),
    slotsFreed: new Map(),
    freedSlotsChanged: new Map(),
    ofPartners: noPartnerChanges(),
    ofShops: noShopChanges(),
    lotsOpened: new Map(),
    lotsChanged: new Map(),
    voids: [],
  };
}
