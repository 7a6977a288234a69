import { z } from 'zod';
import { amount, id, text, textLengthMax } from '../../contract/wire.ts';
import { creditsOf } from '../../domain/accounts.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { balanceAfter, lotsFor, post, spendableOf } from '../../domain/ledger.ts';
import { datedCredits } from '../../domain/lots.ts';
import { lookup, lotsOf, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { insufficientCredits } from '../insufficient-credits.ts';

const payload = z.strictObject({
  toUserId: id,
  amount,
  note: text(textLengthMax).optional().meta({ description: 'Both sides see it in their transactions.' }),
});

const outcome = z.object({
  balanceAfter: z.int().min(0).meta({ description: "The sender's ledger balance." }),
});

export type CreditsTransfer = Command<z.infer<typeof payload>>;

export function footprint({ caller, payload: { toUserId } }: CreditsTransfer): Footprint {
  return { people: [caller.id, toUserId], accounts: [creditsOf(caller.id), creditsOf(toUserId)] };
}

export function decide(state: State, { caller, payload: transfer }: CreditsTransfer): Decision {
  if (transfer.toUserId === caller.id) return rejected('self_transfer', 'You cannot transfer credits to yourself.');
  const recipient = lookup(state.people, transfer.toUserId);
  if (recipient === null || recipient.deleted) return rejected('recipient_not_found', 'There is no such user.');
  if (!recipient.active) return rejected('recipient_inactive', 'The recipient is not active.');

  const sender = lookup(state.people, caller.id);
  if (sender === null || sender.deleted) return rejected('client_not_found', 'You are not in the directory.');
  if (!sender.active) return rejected('client_inactive', 'Your account is not active.');
  const available = spendableOf(state, creditsOf(sender.id));
  if (available < transfer.amount) return insufficientCredits(available, transfer.amount);

  // Past this line the transfer must succeed.
  const takes = lotsFor(state, creditsOf(sender.id), transfer.amount);
  const moved = post(state, [
    {
      debit: creditsOf(sender.id),
      credit: creditsOf(recipient.id),
      amount: transfer.amount,
      debitType: 'transfer_out',
      creditType: 'transfer_in',
      source: 'transfer',
      // One row is both sides' entry, and the other side of it is somebody else for each.
      reference: null,
      description: transfer.note ?? null,
      takes,
      // An end stays with the credits, or they would be without one once they have been sent there and back.
      opens: datedCredits(lotsOf(state, creditsOf(sender.id)), takes),
    },
  ]);
  return applied({ balanceAfter: balanceAfter(state, creditsOf(sender.id), moved) }, moved);
}

export const creditsTransfer = defineOperation({
  kind: 'credits.transfer',
  queue: 'allocation',
  path: '/v1/transfers',
  summary: 'Transfer credits to another user',
  description:
    "Moves the caller's own credits to another user; what the receiver owes is repaid from it first. " +
    'Those that end soonest go first, and keep their end.',
  payload,
  outcome,
  rejections: [
    'self_transfer',
    'recipient_not_found',
    'recipient_inactive',
    'client_not_found',
    'client_inactive',
    'insufficient_credits',
  ],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
