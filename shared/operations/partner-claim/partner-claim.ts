import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { creditsOf, unclaimedOf } from '../../domain/accounts.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { post } from '../../domain/ledger.ts';
import { unspentOf } from '../../domain/partner-credits.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
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
  // Claimed already: by this user, or by another one with the same address who was quicker.
  if (member === null || member.userId !== null) return noMember();
  if (!member.active) return inactiveMember();
  const user = lookup(state.people, userId);
  if (user === null || user.deleted) return rejected('recipient_not_found', 'There is no such user.');

  // Past this line the claim must succeed.
  const amount = unspentOf(state, member);
  const move = {
    debit: unclaimedOf(member.partnerId),
    credit: creditsOf(userId),
    amount,
    debitType: 'partner_assignment',
    creditType: 'partner_assignment',
    source: 'partner',
    reference: { type: 'member', id: memberId },
    description: null,
  } as const;
  const moved = amount > 0 ? post(state, [move]) : [];
  return applied({ memberId, creditsClaimed: amount }, [...moved, { type: 'member-claimed', memberId, userId }]);
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
