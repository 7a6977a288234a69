import { z } from 'zod';
import { amountMax, id, instant, text, textLengthMax } from '../../contract/wire.ts';
import { creditsOf, house } from '../../domain/accounts.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { balanceAfter, post, spendableOf } from '../../domain/ledger.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { endingOn } from '../end-of-credits.ts';
import { insufficientCredits } from '../insufficient-credits.ts';

const payload = z
  .strictObject({
    userId: id,
    amount: z
      .int()
      .min(-amountMax)
      .max(amountMax)
      .refine((amount) => amount !== 0, 'must not be zero')
      .meta({ description: 'Whole credits, not zero; only an adjustment may take away.' }),
    source: z.enum(['bonus', 'adjustment', 'purchase']),
    expiresAt: instant
      .optional()
      .meta({ description: 'From this instant on they cannot be spent; absent: they have no end.' }),
    note: text(textLengthMax).optional(),
  })
  .refine(({ amount, source }) => amount > 0 || source === 'adjustment', {
    path: ['amount'],
    message: 'only an adjustment may be negative',
  })
  .refine(({ amount, expiresAt }) => amount > 0 || expiresAt === undefined, {
    path: ['expiresAt'],
    message: 'only what is given has an end',
  });

const outcome = z.object({
  balanceAfter: z.int().min(0).meta({ description: "The receiver's ledger balance, any debt repaid first." }),
});

export type CreditsAllocate = Command<z.infer<typeof payload>>;

export function footprint({ payload: { userId } }: CreditsAllocate): Footprint {
  return { people: [userId], accounts: [creditsOf(userId)] };
}

export function decide(state: State, { at, payload: wanted }: CreditsAllocate): Decision {
  const { userId, amount, source, note, expiresAt } = wanted;
  const recipient = lookup(state.people, userId);
  const account = creditsOf(userId);

  if (recipient === null || recipient.deleted) return rejected('recipient_not_found', 'There is no such user.');
  const available = spendableOf(state, account);
  if (amount + available < 0) return insufficientCredits(available, -amount);

  // Past this line the allocation must succeed.
  const moved = post(state, [
    {
      debit: amount > 0 ? house.issued : account,
      credit: amount > 0 ? account : house.issued,
      amount: Math.abs(amount),
      debitType: source,
      creditType: source,
      source,
      reference: null,
      description: note ?? null,
      ...endingOn(expiresAt, amount, at),
    },
  ]);
  return applied({ balanceAfter: balanceAfter(state, account, moved) }, moved);
}

export const creditsAllocate = defineOperation({
  kind: 'credits.allocate',
  queue: 'allocation',
  path: '/v1/allocations',
  summary: 'Give a user credits, or take some away',
  description:
    'Issues credits to a user; what they owe is repaid from it first. A negative adjustment takes credits away, at ' +
    'most what the user can spend. Credits that have an end are spent before those that end later or never.',
  payload,
  outcome,
  rejections: ['recipient_not_found', 'insufficient_credits'],
  allowed: ['admin'],
  untimely: ({ expiresAt }, at) =>
    expiresAt !== undefined && Date.parse(expiresAt) <= at ? { path: 'expiresAt', message: 'must not be past' } : null,
  laneOf: (_caller, { userId }) => userId,
  footprint,
  decide,
});
