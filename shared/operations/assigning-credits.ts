import { poolOf, unclaimedOf } from '../domain/accounts.ts';
import type { Rejected } from '../domain/decision.ts';
import type { Uuid } from '../domain/ids.ts';
import type { Move } from '../domain/ledger.ts';
import type { Assignment, Member, Partner } from '../domain/partner.ts';
import { assignedWithin, purseOf } from '../domain/partner-credits.ts';
import { capExceeded, inactiveMember, insufficientPool } from './partner-rejections.ts';

/*
 * The checks of contract §4 from `member_inactive` on, for everybody who gets credits from a pool: whether they are
 * assigned alone or with a file of thousands, the same questions are asked in the same order.
 */

/** What these checks may say, in their order. */
export const assignmentRejections = ['member_inactive', 'member_cap_exceeded', 'insufficient_pool'] as const;

/** Why the member cannot be assigned so much at `at`; null when they can. */
export function assignmentRefusal(
  { memberCap }: Partner,
  member: Member,
  { credits, available, at }: { readonly credits: number; readonly available: number; readonly at: number },
): Rejected | null {
  if (!member.active) return inactiveMember();
  if (memberCap !== null) {
    const assigned = assignedWithin(member, memberCap.days, at);
    if (assigned + credits > memberCap.credits) return capExceeded(memberCap, assigned, credits);
  }
  return available < credits ? insufficientPool(available, credits) : null;
}

/** The movement of an assignment's credits out of the pool: into the member's account, or to wait for one. */
export function assignmentMove(member: Member, assignment: Assignment): Move {
  return movedFrom(poolOf(assignment.partnerId), member, assignment);
}

/** The movement of credits that have waited for an account into that of the member, who has one now. */
export function claimMove(member: Member, assignment: Assignment): Move {
  return movedFrom(unclaimedOf(assignment.partnerId), member, assignment);
}

/** In an account, what was assigned at once is a lot, which carries the assignment's id. */
function movedFrom(debit: Uuid, member: Member, { id: lotId, amount, expiresAt }: Assignment): Move {
  return {
    debit,
    credit: purseOf(member),
    amount,
    debitType: 'partner_assignment',
    creditType: 'partner_assignment',
    source: 'partner',
    reference: { type: 'member', id: member.id },
    description: null,
    ...(member.userId === null ? {} : { opens: [{ lotId, amount, expiresAt }] }),
  };
}
