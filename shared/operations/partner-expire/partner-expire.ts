import { z } from 'zod';
import { amountMax, id } from '../../contract/wire.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { purseOf, restsIn } from '../../domain/partner-credits.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { endAssignments } from '../ending-assignments.ts';

const payload = z.strictObject({
  memberId: id,
  assignmentId: id,
  /** Where its credits are: an account of a user, or the one in which they wait for an account. */
  accountId: id,
});

const credits = z.int().min(0).max(amountMax);

const outcome = z.object({
  memberId: z.guid(),
  assignmentId: z.guid(),
  creditsReturned: credits.meta({ description: 'Into the pool.' }),
  creditsExpired: credits.meta({ description: 'Forfeited.' }),
});

export type PartnerExpire = Command<z.infer<typeof payload>>;

export function footprint({ payload: { memberId, accountId } }: PartnerExpire): Footprint {
  return { accounts: [accountId], members: [memberId] };
}

export function decide(state: State, { at, payload: { memberId, assignmentId, accountId } }: PartnerExpire): Decision {
  const outcome = { memberId, assignmentId, creditsReturned: 0, creditsExpired: 0 };
  const member = lookup(state.members, memberId);
  const partner = member === null ? null : lookup(state.partners, member.partnerId);
  if (member === null || partner === null) return applied(outcome, []);

  // They may have been claimed, spent or taken back since they were found to be over, or have come to another account.
  const purses = [...new Set([accountId, purseOf(member)])];
  const rests = purses
    .flatMap((purse) => restsIn(state, purse, member))
    .filter(({ assignment, isOver }) => isOver && assignment.id === assignmentId);
  const assignments = member.assignments.filter(
    ({ id: known, status, expiresAt }) => known === assignmentId && status === 'open' && expiresAt <= at,
  );
  const { effects, returned, expired } = endAssignments(state, partner, member, { assignments, rests });
  return applied({ ...outcome, creditsReturned: returned, creditsExpired: expired }, effects);
}

/** Recorded by a schedule: nobody asks for it. */
export const partnerExpire = defineOperation({
  kind: 'partner.expire',
  queue: 'allocation',
  path: null,
  summary: 'Let assigned credits expire',
  description:
    "What a member has not used in time goes back into the pool or is forfeited, as the partner's entry says.",
  payload,
  outcome,
  rejections: [],
  laneOf: (_caller, { accountId }) => accountId,
  footprint,
  decide,
});
