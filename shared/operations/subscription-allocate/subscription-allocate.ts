import { z } from 'zod';
import { amount, id, instant, text, textLengthMax } from '../../contract/wire.ts';
import { creditsOf, house } from '../../domain/accounts.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { balanceAfter, post } from '../../domain/ledger.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { endingOn } from '../end-of-credits.ts';

const payload = z.strictObject({
  userId: id,
  credits: amount,
  /** What was paid for: a period of a subscription, or credits once. */
  type: z.enum(['subscription_allocation', 'purchase']),
  /** The row of `stripe_purchases`. */
  purchaseId: id,
  /** Which part of it, from 0; more than one when a year is given month by month. */
  part: z.int().min(0),
  description: text(textLengthMax),
  subscriptionId: text(255).optional(),
  periodStart: instant.optional(),
  /** When these credits end. */
  expiresAt: instant.optional(),
});

const outcome = z.object({
  balanceAfter: z.int().min(0).meta({ description: "The receiver's ledger balance, any debt repaid first." }),
});

export type SubscriptionAllocate = Command<z.infer<typeof payload>>;

export function footprint({ payload: { userId } }: SubscriptionAllocate): Footprint {
  return { people: [userId], accounts: [creditsOf(userId)] };
}

/** What is paid is given, also to who has left since: the inbox has found the user before it recorded this. */
export function decide(state: State, { at, payload: wanted }: SubscriptionAllocate): Decision {
  const { userId, credits, type, ...paid } = wanted;
  if (lookup(state.people, userId) === null) return rejected('recipient_not_found', 'There is no such user.');

  const account = creditsOf(userId);
  const moved = post(state, [
    {
      debit: house.issued,
      credit: account,
      amount: credits,
      debitType: type,
      creditType: type,
      source: type === 'purchase' ? 'purchase' : 'subscription',
      reference: { type: 'payment', id: paid.purchaseId },
      description: paid.description,
      ...endingOn(paid.expiresAt, credits, at),
    },
  ]);
  return applied({ balanceAfter: balanceAfter(state, account, moved) }, moved);
}

export const subscriptionAllocate = defineOperation({
  kind: 'subscription.allocate',
  queue: 'allocation',
  path: null,
  summary: 'Give the credits that were paid for',
  description: 'Recorded when Stripe says that a period of a subscription, or a pack of credits, is paid.',
  payload,
  outcome,
  rejections: ['recipient_not_found'],
  laneOf: (_caller, { userId }) => userId,
  footprint,
  decide,
});
