import { creditsOf, poolOf, unclaimedOf } from './accounts.ts';
import type { Uuid } from './ids.ts';
import { spendableOf } from './ledger.ts';
import type { LotShare } from './lots.ts';
import type { Assignment, Member, Partner } from './partner.ts';
import { lookup, lotsOf, type State } from './state.ts';

/*
 * Every credit of a pool is in one place: available in the pool, assigned and unspent with a member, used by one, or
 * expired. What a member with an account was assigned is a lot of that account, which carries the assignment's id; what
 * waits for members without one is in one account of the partner, and its ends are those of the assignments.
 */

/** The partner of the caller: never a parameter (003-10, 003-11). Null for who owns none. */
export function partnerOf(state: State, ownerId: Uuid): Partner | null {
  const partnerId = lookup(state.ownPartners, ownerId);
  return partnerId === null ? null : lookup(state.partners, partnerId);
}

/** A member of this partner; somebody else's is as good as none. */
export function memberOf(state: State, partner: Partner, memberId: Uuid): Member | null {
  const member = lookup(state.members, memberId);
  return member?.partnerId === partner.id ? member : null;
}

export function availableIn(state: State, partner: Partner): number {
  return spendableOf(state, poolOf(partner.id));
}

/** Where the credits of a member are. */
export function purseOf({ userId, partnerId }: Pick<Member, 'userId' | 'partnerId'>): Uuid {
  return userId === null ? unclaimedOf(partnerId) : creditsOf(userId);
}

export function openAssignmentsOf({ assignments }: Member): readonly Assignment[] {
  return assignments.filter(({ status }) => status === 'open');
}

/** What nobody has spent of an assignment: all of it where it waits for an account, in one there is one for each lot. */
export interface Rest {
  readonly assignment: Assignment;
  /** The account that it is in. */
  readonly purse: Uuid;
  readonly amount: number;
  readonly takes: readonly LotShare[];
  /** It cannot be spent any more. */
  readonly isOver: boolean;
}

/** What is left of a member's assignments in one account. */
export function restsIn(state: State, purse: Uuid, member: Member): Rest[] {
  if (purse === unclaimedOf(member.partnerId)) {
    const waiting = member.userId === null ? openAssignmentsOf(member) : [];
    return waiting.map((assignment) => {
      const { amount, expiresAt } = assignment;
      return { assignment, purse, amount, takes: [], isOver: expiresAt <= state.at };
    });
  }
  const lots = lotsOf(state, purse).filter(({ remaining }) => remaining > 0);
  return member.assignments.flatMap((assignment) =>
    lots
      .filter(({ originId }) => originId === assignment.id)
      .map(({ id: lotId, remaining: amount, expiresAt }) => {
        return { assignment, purse, amount, takes: [{ lotId, amount }], isOver: expiresAt <= state.at };
      }),
  );
}

/** What a member was assigned within the cap's days before `at` and has not gone back. */
export function assignedWithin({ assignments }: Member, days: number, at: number): number {
  const since = at - days * dayMs;
  return assignments
    .filter(({ assignedAt }) => assignedAt > since)
    .reduce((sum, { amount, returned }) => sum + amount - returned, 0);
}

export const dayMs = 24 * 3_600_000;
