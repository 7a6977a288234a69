import { derivedId, type Uuid } from './ids.ts';

/** Whoever sponsors sessions: has a pool of credits, and members to whom they are assigned. */
export interface Partner {
  readonly id: Uuid;
  /** As its members know it. */
  readonly name: string;
  /** Who acts for it: the user whose token carries the role `partner`. Nobody acts for two. */
  readonly ownerId: Uuid;
  /** After how many days assigned credits end, unless an assignment says otherwise. */
  readonly expiryDays: number;
  /** Where credits go that end unspent: back into the pool, or to the house. */
  readonly onExpiry: 'return' | 'forfeit';
  /** What one member may be assigned within a number of days; null: as much as there is. */
  readonly memberCap: MemberCap | null;
  /** All that was ever put into the pool. */
  readonly funded: number;
  /** All that nobody has used in time, while `onExpiry` was to forfeit it. */
  readonly expired: number;
}

export interface MemberCap {
  readonly credits: number;
  /** Counted back from the assignment that is asked for. */
  readonly days: number;
}

/** Somebody whom a partner gives credits; known by e-mail address, perhaps without an account here. */
export interface Member {
  readonly id: Uuid;
  readonly partnerId: Uuid;
  readonly email: string;
  readonly firstName: string;
  /** Null until a user with this verified address appears. */
  readonly userId: Uuid | null;
  readonly status: MemberStatus;
  /** Not removed, and their user, if there is one, neither deactivated nor deleted. */
  readonly active: boolean;
  /** All that was ever assigned to them. */
  readonly creditsAssigned: number;
  /** Those that are open or have something in the member's account, and all of the partner's cap period. */
  readonly assignments: readonly Assignment[];
}

/** A removed member keeps their place, and may be added again (003-39). */
export type MemberStatus = 'active' | 'removed';

/** Credits that a member was given at once, with one end. */
export interface Assignment {
  /** Also of the lot that they are in once they are in an account, and the origin of those that renew it. */
  readonly id: Uuid;
  readonly partnerId: Uuid;
  readonly memberId: Uuid;
  readonly operationId: Uuid;
  readonly amount: number;
  /** What went back into the pool, once it is closed. */
  readonly returned: number;
  /** What went to the house because nobody had used it in time, once it is closed. */
  readonly expired: number;
  /** Closed once it is over, or its member removed; what is refunded after that is the member's until its own end. */
  readonly status: 'open' | 'closed';
  readonly assignedAt: number;
  readonly expiresAt: number;
}

/** One address is one member of a partner, in whatever case it is written. */
export function memberIdOf(partnerId: Uuid, email: string): Uuid {
  return derivedId(`member/${partnerId}/${email.toLowerCase()}`);
}

/** The id of the assignment that an operation makes; `row` where it makes one for each row of a file. */
export function assignmentIdOf(operationId: Uuid, row = 0): Uuid {
  return derivedId(`assignment/${operationId}/${row}`);
}
