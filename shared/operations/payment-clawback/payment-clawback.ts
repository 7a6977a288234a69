import { z } from 'zod';
import { amount, id } from '../../contract/wire.ts';
import { creditsOf, house } from '../../domain/accounts.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { balanceAfter, post, takeBack } from '../../domain/ledger.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';

const payload = z.strictObject({
  userId: id,
  credits: amount,
  because: z.enum(['refund', 'dispute']),
  /** The row of `stripe_purchases`, whose running totals say how much. */
  purchaseId: id,
  /** The how many-th correction of this purchase it is. */
  turn: z.int().positive(),
});

const outcome = z.object({
  taken: z.int().min(0),
  owed: z.int().min(0).meta({ description: 'What was spent already, and is repaid from what comes in next.' }),
  balanceAfter: z.int().min(0),
});

export type PaymentClawback = Command<z.infer<typeof payload>>;

export function footprint({ payload: { userId } }: PaymentClawback): Footprint {
  return { people: [userId], accounts: [creditsOf(userId)] };
}

export function decide(state: State, { payload: { userId, credits, because, purchaseId } }: PaymentClawback): Decision {
  if (lookup(state.people, userId) === null) return rejected('recipient_not_found', 'There is no such user.');

  const account = creditsOf(userId);
  const moves = takeBack(state, account, {
    credit: house.issued,
    amount: credits,
    debitType: 'clawback',
    creditType: 'clawback',
    source: because,
    reference: { type: 'payment', id: purchaseId },
    description: because === 'refund' ? 'The payment was refunded' : 'The payment was disputed',
  });
  const moved = post(state, moves);
  const after = balanceAfter(state, account, moved);
  const taken = balanceAfter(state, account, []) - after;
  return applied({ taken, owed: credits - taken, balanceAfter: after }, moved);
}

export const paymentClawback = defineOperation({
  kind: 'payment.clawback',
  queue: 'refund',
  path: null,
  summary: 'Take back credits whose payment was taken back',
  description:
    'Recorded when Stripe says that a payment was refunded or lost in a dispute. What is spent becomes a debt.',
  payload,
  outcome,
  rejections: ['recipient_not_found'],
  laneOf: (_caller, { userId }) => userId,
  footprint,
  decide,
});
