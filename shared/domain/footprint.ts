import type { Uuid } from './ids.ts';
import type { Interval } from './interval.ts';

/**
 * The keys of every row that a command may read, computable from the command alone, so that a batch can lock all of
 * them in one canonical order before any decision is made. A booking brings its two parties' people and accounts
 * with it: they never change once it exists.
 */
export interface Footprint {
  /** Directory entries (with the practitioner page, if any). Read, not locked. */
  readonly people?: readonly Uuid[];
  /** Credit accounts; locked. One that is missing is created for a person of the directory. */
  readonly accounts?: readonly Uuid[];
  /** Lots of these accounts besides those that have something left, which come with the account. */
  readonly lots?: readonly Uuid[];
  /** Operations that gave credits; their receivers' accounts are among `accounts`. */
  readonly allocations?: readonly Uuid[];
  /** Locked through their parties' calendars; each brings the lots that paid for it. */
  readonly bookings?: readonly Uuid[];
  /** Bookings (also among `bookings`) of whose parties' calendars a time (epoch ms, half-open) matters. */
  readonly moves?: readonly Move[];
  /** Calendars that are locked, with the time (epoch ms, half-open) whose sessions and slot holds matter. */
  readonly calendars?: readonly CalendarSpan[];
  /** Partners, locked; each brings its accounts with it. */
  readonly partners?: readonly Uuid[];
  /** Users whose own partner it is about; as `partners`. */
  readonly ownPartners?: readonly Uuid[];
  /** Members of partners; each brings its partner and the account of its user with it. */
  readonly members?: readonly Uuid[];
  /** Live slot holds. Only their holder ends one, in the holder's lane: that is their lock. */
  readonly slotHolds?: readonly Uuid[];
  /** Whose live slot hold with whom matters, at whatever time it is. */
  readonly slotHolders?: readonly SlotHolder[];
  /** With what is offered to them; locked through their parties' calendars, so that nothing is offered meanwhile. */
  readonly waitlistEntries?: readonly Uuid[];
  /** Practitioners, with all who wait for them and what is offered to those. */
  readonly waitlists?: readonly Uuid[];
  /** Each changes in its practitioner's lane only. */
  readonly freedSlots?: readonly Uuid[];
  /** Read, not locked. */
  readonly vendors?: readonly Uuid[];
  /** Locked. */
  readonly products?: readonly Uuid[];
  /** Points of customers with vendors, locked; those that are missing are created. */
  readonly points?: readonly PointsWanted[];
  /** Changed in their customer's lane only; each brings its vendor, its products and its customer's points with it. */
  readonly orders?: readonly Uuid[];
  /** Files of members, of which the next rows matter; each brings the members and users of those with it. */
  readonly uploads?: readonly UploadWanted[];
}

/** What all of these footprints name of one sort, in their order, and as often as they do. */
export function named<Sort extends keyof Footprint>(
  footprints: readonly Footprint[],
  sort: Sort,
): NonNullable<Footprint[Sort]>[number][] {
  const all: NonNullable<Footprint[Sort]>[number][] = [];
  for (const footprint of footprints) all.push(...(footprint[sort] ?? []));
  return all;
}

export interface PointsWanted {
  readonly customerId: Uuid;
  readonly vendorId: Uuid;
}

export interface UploadWanted {
  readonly uploadId: Uuid;
  /** Whose own partner it is for. */
  readonly ownerId: Uuid;
  readonly dryRun: boolean;
}

export interface SlotHolder {
  readonly holderId: Uuid;
  readonly practitionerId: Uuid;
}

export interface Move extends Interval {
  readonly bookingId: Uuid;
}

export interface CalendarSpan {
  readonly personId: Uuid;
  readonly from: number;
  readonly to: number;
}
