import { z } from 'zod';
import { amount, id } from '../../contract/wire.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { post } from '../../domain/ledger.ts';
import { type Assignment, assignmentIdOf } from '../../domain/partner.ts';
import { availableIn, dayMs, memberOf, partnerOf } from '../../domain/partner-credits.ts';
import type { State } from '../../domain/state.ts';
import { assignmentMove, assignmentRefusal, assignmentRejections } from '../assigning-credits.ts';
import { type Command, defineOperation } from '../define.ts';
import { noMember, noPartner } from '../partner-rejections.ts';

/** Ten years. */
const daysMax = 3_650;

const payload = z.strictObject({
  memberId: id,
  credits: amount,
  expiresInDays: z
    .int()
    .positive()
    .max(daysMax)
    .optional()
    .meta({ description: "Absent: as many as the partner's `expiryDays`." }),
});

const outcome = z.object({
  memberId: z.guid(),
  creditsAssigned: z.int().positive().meta({ description: 'By this operation.' }),
  poolAvailable: z.int().min(0),
  expiresAt: z.iso.datetime(),
});

export type PartnerAssign = Command<z.infer<typeof payload>>;

export function footprint({ caller, payload: { memberId } }: PartnerAssign): Footprint {
  return { ownPartners: [caller.id], members: [memberId] };
}

export function decide(state: State, { id: operationId, caller, at, payload: wanted }: PartnerAssign): Decision {
  const partner = partnerOf(state, caller.id);
  if (partner === null) return noPartner();
  const member = memberOf(state, partner, wanted.memberId);
  if (member === null) return noMember();
  const available = availableIn(state, partner);
  const refusal = assignmentRefusal(partner, member, { credits: wanted.credits, available, at });
  if (refusal !== null) return refusal;

  // Past this line the assignment must succeed.
  const assignment: Assignment = {
    id: assignmentIdOf(operationId),
    partnerId: partner.id,
    memberId: member.id,
    operationId,
    amount: wanted.credits,
    returned: 0,
    expired: 0,
    status: 'open',
    assignedAt: at,
    expiresAt: at + (wanted.expiresInDays ?? partner.expiryDays) * dayMs,
  };
  const moved = post(state, [assignmentMove(member, assignment)]);
  return applied(
    {
      memberId: member.id,
      creditsAssigned: assignment.amount,
      poolAvailable: available - assignment.amount,
      expiresAt: new Date(assignment.expiresAt).toISOString(),
    },
    [...moved, { type: 'credits-assigned', assignment }],
  );
}

export const partnerAssign = defineOperation({
  kind: 'partner.assign',
  queue: 'allocation',
  path: '/v1/partner/assign-credits',
  summary: 'Assign credits to a member',
  description:
    "Moves credits from the caller's pool to one of its members. A member with an account has them there at once; for " +
    'others they wait until a user with the verified address appears.',
  payload,
  outcome,
  rejections: ['partner_not_found', 'member_not_found', ...assignmentRejections],
  allowed: ['partner'],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
