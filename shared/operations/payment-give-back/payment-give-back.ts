import { z } from 'zod';
import { amount, id } from '../../contract/wire.ts';
import { creditsOf, house } from '../../domain/accounts.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { balanceAfter, post } from '../../domain/ledger.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';

const payload = z.strictObject({
  userId: id,
  credits: amount,
  /** The row of `stripe_purchases`, whose running totals say how much. */
  purchaseId: id,
  /** The how many-th correction of this purchase it is. */
  turn: z.int().positive(),
  /** Of what it was taken back for: a dispute was won, or a refund has failed. */
  because: z.enum(['dispute', 'refund']).default('dispute'),
});

const outcome = z.object({ balanceAfter: z.int().min(0) });

export type PaymentGiveBack = Command<z.infer<typeof payload>>;

export function footprint({ payload: { userId } }: PaymentGiveBack): Footprint {
  return { people: [userId], accounts: [creditsOf(userId)] };
}

export function decide(state: State, { payload: wanted }: PaymentGiveBack): Decision {
  const { userId, credits, purchaseId, because } = wanted;
  if (lookup(state.people, userId) === null) return rejected('recipient_not_found', 'There is no such user.');

  const account = creditsOf(userId);
  const moved = post(state, [
    {
      debit: house.issued,
      credit: account,
      amount: credits,
      debitType: 'adjustment',
      creditType: 'adjustment',
      source: because === 'dispute' ? 'dispute_won' : 'refund_failed',
      reference: { type: 'payment', id: purchaseId },
      description: because === 'dispute' ? 'The dispute was won' : 'The refund has failed',
    },
  ]);
  return applied({ balanceAfter: balanceAfter(state, account, moved) }, moved);
}

export const paymentGiveBack = defineOperation({
  kind: 'payment.give_back',
  queue: 'refund',
  path: null,
  summary: 'Give back credits whose dispute was won, or whose refund has failed',
  description: 'Recorded when Stripe says that a payment that was taken back stands after all.',
  payload,
  outcome,
  rejections: ['recipient_not_found'],
  laneOf: (_caller, { userId }) => userId,
  footprint,
  decide,
});
