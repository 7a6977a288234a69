import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { poolOf } from '../../domain/accounts.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { post } from '../../domain/ledger.ts';
import { availableIn, closingOf, memberOf, partnerOf, purseOf, unspentOf } from '../../domain/partner-credits.ts';
import type { State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
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
  const returned = unspentOf(state, member);
  const move = {
    debit: purseOf(member),
    credit: poolOf(partner.id),
    amount: returned,
    debitType: 'partner_return',
    creditType: 'partner_return',
    source: 'partner',
    reference: { type: 'member', id: member.id },
    description: null,
  } as const;
  return applied({ memberId, creditsReturned: returned, poolAvailable: availableIn(state, partner) + returned }, [
    ...(returned > 0 ? post(state, [move]) : []),
    ...closingOf(member, returned),
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
    'What the member has not used of the credits that they were assigned goes back into the pool. Their address can be ' +
    'added again.',
  payload,
  outcome,
  rejections: ['partner_not_found', 'member_not_found', 'member_inactive'],
  allowed: ['partner'],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
