import { z } from 'zod';
import { amountMax, id, text, textLengthMax } from '../../contract/wire.ts';
import { creditsOf, house } from '../../domain/accounts.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { lotIdOf } from '../../domain/ids.ts';
import { balanceAfter, post, undatedOf } from '../../domain/ledger.ts';
import { totalOf } from '../../domain/lots.ts';
import { lookup, lotsOf, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';

const payload = z.strictObject({
  allocationId: id,
  userId: id.meta({ description: 'Who was given the credits.' }),
  note: text(textLengthMax).optional(),
});

const outcome = z.object({
  allocationId: z.uuid(),
  voidedCredits: z.int().min(0).max(amountMax).meta({ description: 'What was left of it.' }),
  balanceAfter: z.int().min(0).meta({ description: "The receiver's ledger balance." }),
});

export type CreditsVoid = Command<z.infer<typeof payload>>;

export function footprint({ payload: { allocationId, userId } }: CreditsVoid): Footprint {
  return { accounts: [creditsOf(userId)], allocations: [allocationId], lots: [lotIdOf(allocationId, 0)] };
}

export function decide(state: State, { payload: { allocationId, userId, note } }: CreditsVoid): Decision {
  const account = creditsOf(userId);
  const allocation = lookup(state.allocations, allocationId);
  if (allocation === null || allocation.accountId !== account) {
    return rejected('allocation_not_found', 'The user was given nothing by such an operation.');
  }
  if (allocation.isVoided) return rejected('already_voided', 'The allocation is voided already.');

  // Past this line the allocation must be void. With an end, its credits are known from all others.
  const lots = lotsOf(state, account).filter(({ originId }) => originId === lotIdOf(allocationId, 0));
  const takes = lots.flatMap(({ id: lotId, remaining }) => (remaining === 0 ? [] : [{ lotId, amount: remaining }]));
  const amount = lots.length > 0 ? totalOf(takes) : Math.min(undatedOf(state, account), allocation.amount);
  const taken = {
    debit: account,
    credit: house.issued,
    amount,
    debitType: 'adjustment',
    creditType: 'adjustment',
    source: 'void',
    reference: null,
    description: note ?? null,
    takes,
  } as const;
  const moved = amount > 0 ? post(state, [taken]) : [];
  return applied(
    {
      allocationId,
      voidedCredits: amount,
      balanceAfter: balanceAfter(state, account, moved),
    },
    [
      ...moved,
      ...lots
        .filter(({ status }) => status === 'live')
        .map(({ id: lotId }) => ({ type: 'lot-ended', accountId: account, lotId, as: 'voided' }) as const),
      { type: 'allocation-voided', allocationId, amount },
    ],
  );
}

export const creditsVoid = defineOperation({
  kind: 'credits.void',
  queue: 'allocation',
  path: '/v1/allocations/:allocationId/void',
  summary: 'Take back what is left of an allocation',
  description:
    'Takes back what a user has left of the credits that one operation has given them, once. Of credits with an end ' +
    'that is exactly what was not spent of them; credits without one cannot be told from each other, so that it is at ' +
    'most what was given, and at most what the user has without an end. What was spent stays spent.',
  payload,
  outcome,
  rejections: ['allocation_not_found', 'already_voided'],
  allowed: ['admin'],
  laneOf: (_caller, { userId }) => userId,
  footprint,
  decide,
});
