import { creditsOf, poolOf, unclaimedOf } from './accounts.ts';
import type { AssignmentClosed } from './effects.ts';
import type { Uuid } from './ids.ts';
import { spendableOf } from './ledger.ts';
import type { Assignment, Member, Partner } from './partner.ts';
import { lookup, type State } from './state.ts';

/*
 * Every credit of a pool is in one place: available in the pool, assigned and unspent with a member, used by one, or
 * expired. A member with an account has assigned credits in it, where they are spent like all others; those of members
 * without one wait in one account of the partner.
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

function openAssignmentsOf({ assignments }: Member): readonly Assignment[] {
  return assignments.filter(({ status }) => status === 'open');
}

function openCreditsOf(member: Member): number {
  return openAssignmentsOf(member).reduce((sum, { amount }) => sum + amount, 0);
}

/**
 * What of a member's open assignments nobody has spent. Of an account with other credits in it, those count as spent
 * first: the partner gets back what is there, at most what it gave.
 */
export function unspentOf(state: State, member: Member): number {
  return Math.min(openCreditsOf(member), spendableOf(state, purseOf(member)));
}

/** What a member was assigned within the cap's days before `at` and has not gone back. */
export function assignedWithin({ assignments }: Member, days: number, at: number): number {
  const since = at - days * dayMs;
  return assignments
    .filter(({ assignedAt }) => assignedAt > since)
    .reduce((sum, { amount, returned }) => sum + amount - returned, 0);
}

/** Closes the open assignments, `unspent` of which goes back: what ends soonest counts as spent first. */
export function closingOf(member: Member, unspent: number): AssignmentClosed[] {
  let left = unspent;
  return openAssignmentsOf(member)
    .toSorted((a, b) => b.expiresAt - a.expiresAt || (a.id < b.id ? -1 : 1))
    .map((assignment) => {
      const returned = Math.min(left, assignment.amount);
      left -= returned;
      return { type: 'assignment-closed', memberId: member.id, assignmentId: assignment.id, returned };
    });
}

export const dayMs = 24 * 3_600_000;
