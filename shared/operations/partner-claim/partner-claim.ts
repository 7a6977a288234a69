import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { creditsOf } from '../../domain/accounts.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { post } from '../../domain/ledger.ts';
import { totalOf } from '../../domain/lots.ts';
import { openAssignmentsOf, purseOf, restsIn } from '../../domain/partner-credits.ts';
import { lookup, type State } from '../../domain/state.ts';
import { claimMove } from '../assigning-credits.ts';
import { type Command, defineOperation } from '../define.ts';
import { endAssignments } from '../ending-assignments.ts';
import { inactiveMember, noMember } from '../partner-rejections.ts';

const payload = z.strictObject({ memberId: id, userId: id });

const outcome = z.object({
  memberId: z.guid(),
  creditsClaimed: z.int().min(0).meta({ description: 'What was waiting for them.' }),
});

export type PartnerClaim = Command<z.infer<typeof payload>>;

export function footprint({ payload: { memberId, userId } }: PartnerClaim): Footprint {
  return { people: [userId], accounts: [creditsOf(userId)], members: [memberId] };
}

export function decide(state: State, { payload: { memberId, userId } }: PartnerClaim): Decision {
  const member = lookup(state.members, memberId);
  const partner = member === null ? null : lookup(state.partners, member.partnerId);
  // Claimed already: by this user, or by another one with the same address who was quicker.
  if (member === null || partner === null || member.userId !== null) return noMember();
  if (!member.active) return inactiveMember();
  const user = lookup(state.people, userId);
  if (user === null || user.deleted) return rejected('recipient_not_found', 'There is no such user.');

  // Past this line the claim must succeed. What was over before anybody came for it has never been theirs.
  const waiting = openAssignmentsOf(member);
  const over = restsIn(state, purseOf(member), member).filter(({ isOver }) => isOver);
  const claimed = waiting.filter(({ id: waitingId }) => !over.some(({ assignment }) => assignment.id === waitingId));
  const ended = endAssignments(state, partner, member, { assignments: [], rests: over });
  const moves = claimed.map((assignment) => claimMove({ ...member, userId }, assignment));
  return applied({ memberId, creditsClaimed: totalOf(claimed) }, [
    ...ended.effects,
    ...post(state, moves),
    { type: 'member-claimed', memberId, userId },
  ]);
}

export const partnerClaim = defineOperation({
  kind: 'partner.claim',
  queue: 'allocation',
  path: null,
  summary: 'Give a new user what partners have assigned to their address',
  description: 'Recorded when a user with the verified address of a member appears.',
  payload,
  outcome,
  rejections: ['member_not_found', 'member_inactive', 'recipient_not_found'],
  laneOf: (_caller, { userId }) => userId,
  footprint,
  decide,
});
