import { z } from 'zod';
import { amount, id, instant, text, textLengthMax } from '../../contract/wire.ts';
import { creditsOf, house } from '../../domain/accounts.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { balanceAfter, type Move, post } from '../../domain/ledger.ts';
import { beyondLimit, endless, type Lot, type LotShare, totalOf } from '../../domain/lots.ts';
import { lookup, lotsOf, type State } from '../../domain/state.ts';
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
  /** What they roll over with into the next period. */
  pot: text(300).optional(),
  /** What of the pot may be left when these credits come; absent: all. */
  rolloverMax: z.int().min(0).optional(),
});

const outcome = z.object({
  balanceAfter: z.int().min(0).meta({ description: "The receiver's ledger balance, any debt repaid first." }),
  expiredCredits: z
    .int()
    .min(0)
    .meta({ description: 'What was left of earlier periods beyond what the plan lets roll over.' }),
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
  const source = type === 'purchase' ? 'purchase' : 'subscription';
  const reference = { type: 'payment', id: paid.purchaseId } as const;
  // Who owes has nothing left that could roll over, and repays from what comes now.
  const owes = (lookup(state.accounts, account)?.debt ?? 0) > 0;
  const takes = owes ? [] : notRollingOver(lotsOf(state, account), paid, at);
  const expiredCredits = totalOf(takes);
  const given: Move[] = [
    {
      debit: house.issued,
      credit: account,
      amount: credits,
      debitType: type,
      creditType: type,
      source,
      reference,
      description: paid.description,
      ...lotOf(paid, credits, at),
    },
  ];
  const expiry: Move = {
    debit: account,
    credit: house.expired,
    amount: expiredCredits,
    debitType: 'expiry',
    creditType: 'expiry',
    source,
    reference,
    description: 'Not rolled over',
    takes,
  };
  // What is given comes first: an operation that gives credits is known by its first transfer.
  const moved = post(state, expiredCredits > 0 ? [...given, expiry] : given);
  return applied({ balanceAfter: balanceAfter(state, account, moved), expiredCredits }, moved);
}

type Rollover = Pick<z.infer<typeof payload>, 'pot' | 'rolloverMax' | 'expiresAt'>;

function notRollingOver(lots: readonly Lot[], { pot, rolloverMax }: Rollover, at: number): LotShare[] {
  return pot === undefined || rolloverMax === undefined ? [] : beyondLimit(lots, pot, rolloverMax, at);
}

/** Credits without an end are in a lot, too, where they must be known when they are to roll over. */
function lotOf({ expiresAt, pot }: Rollover, amount: number, at: number): Pick<Move, 'opens'> {
  if (pot === undefined) return endingOn(expiresAt, amount, at);
  const { opens = [{ amount, expiresAt: endless }] } = endingOn(expiresAt, amount, at);
  return { opens: opens.map((credits) => ({ ...credits, pot })) };
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
