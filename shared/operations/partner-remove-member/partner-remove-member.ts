import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { availableIn, memberOf, openAssignmentsOf, partnerOf, purseOf, restsIn } from '../../domain/partner-credits.ts';
import type { State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { endAssignments } from '../ending-assignments.ts';
import { inactiveMember, noMember, noPartner } from '../partner-rejections.ts';

const payload = z.strictObject({ memberId: id });

const outcome = z.object({
  memberId: z.guid(),
  creditsReturned: z.int().min(0).meta({ description: 'What the member had not used.' }),
  poolAvailable: z.int().min(0),
});

export type PartnerRemoveMember = Command<z.infer<typeof payload>>;

export function footprint({ caller, payload: { memberId } }: PartnerRemoveMember): Footprint {
  return { ownPartners: [caller.id], members: [memberId] };
}

export function decide(state: State, { caller, payload: { memberId } }: PartnerRemoveMember): Decision {
  const partner = partnerOf(state, caller.id);
  if (partner === null) return noPartner();
  const member = memberOf(state, partner, memberId);
  if (member === null) return noMember();
  if (member.status === 'removed') return inactiveMember();

  // Past this line the removal must succeed.
  const rests = restsIn(state, purseOf(member), member);
  const { effects, returned } = endAssignments(state, partner, member, {
    assignments: openAssignmentsOf(member),
    rests,
  });
  return applied({ memberId, creditsReturned: returned, poolAvailable: availableIn(state, partner) + returned }, [
    ...effects,
    { type: 'member-removed', memberId: member.id },
  ]);
}

export const partnerRemoveMember = defineOperation({
  kind: 'partner.remove_member',
  queue: 'allocation',
  path: '/v1/partner/members/:memberId',
  method: 'delete',
  summary: 'Remove a member',
  description:
    'What the member has not used of the credits that they were assigned goes back into the pool, but for what is over ' +
    'already, which goes where it would have gone. Their address can be added again.',
  payload,
  outcome,
  rejections: ['partner_not_found', 'member_not_found', 'member_inactive'],
  allowed: ['partner'],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
