import { lotIdOf } from '../../shared/domain/ids.ts';
import { balanceOf, creditsOf, type Lot, openLot, receive, spendable, take, undated } from './naive-credits.ts';
import { find, type NaiveModel } from './naive-state.ts';

/* How credits come to people and leave them otherwise than for sessions: given, sent, paid for and paid back. */

interface Gift {
  readonly userId: string;
  readonly amount: number;
  readonly expiresAt?: string | undefined;
}

export function allocate(
  model: NaiveModel,
  id: string,
  at: number,
  { userId, amount, expiresAt }: Gift,
): string | object {
  if (find(model, userId) === undefined) return 'recipient_not_found';
  if (amount > 0) {
    const end = expiresAt === undefined ? null : Math.max(new Date(expiresAt).getTime(), at + 1);
    const lot = end === null ? null : openLot(model, lotIdOf(id, 0), userId, end);
    const given = undated(amount).map(() => ({ lot }));
    receive(model, userId, given);
    model.gifts.push({ id, to: userId, amount, voided: false });
  } else {
    if (spendable(model, userId, at).length < -amount) return 'insufficient_credits';
    take(model, userId, -amount, at);
  }
  return { balanceAfter: balanceOf(model, userId) };
}

export function transfer(model: NaiveModel, id: string, at: number, fromId: string, toId: string, amount: number) {
  if (fromId === toId) return 'self_transfer';
  const recipient = find(model, toId);
  if (recipient === undefined) return 'recipient_not_found';
  if (!recipient.active) return 'recipient_inactive';
  const sender = find(model, fromId);
  if (sender === undefined) return 'client_not_found';
  if (!sender.active) return 'client_inactive';
  if (spendable(model, fromId, at).length < amount) return 'insufficient_credits';
  const copies = new Map<Lot, Lot>();
  const sent = take(model, fromId, amount, at).map(({ lot }) => {
    // What has no end has none elsewhere, and rolls over with nothing there.
    if (lot === null || lot.until === Number.POSITIVE_INFINITY) return { lot: null };
    const copy = copies.get(lot) ?? openLot(model, lotIdOf(id, copies.size), toId, lot.until);
    copies.set(lot, copy);
    return { lot: copy };
  });
  receive(model, toId, sent);
  return { balanceAfter: balanceOf(model, fromId) };
}

/** A new period: of what is left of earlier ones only so much stays, and what would be spent first goes. */
export function renew(
  model: NaiveModel,
  id: string,
  at: number,
  { userId, credits, pot, rolloverMax, expiresAt }: Period,
): string | object {
  if (pot === undefined) {
    const paid = pay(model, userId, credits);
    return typeof paid === 'string' ? paid : { ...paid, expiredCredits: 0 };
  }
  if (!model.people.some((person) => person.id === userId)) return 'recipient_not_found';
  const earlier = spendable(model, userId, at).filter(({ lot }) => lot !== null && lot.pot === pot);
  const gone = earlier.slice(0, Math.max(0, earlier.length - (rolloverMax ?? earlier.length)));
  model.credits[userId] = creditsOf(model, userId).filter((credit) => !gone.includes(credit));
  const until = expiresAt === undefined ? Number.POSITIVE_INFINITY : Math.max(Date.parse(expiresAt), at + 1);
  const lot = openLot(model, lotIdOf(id, 0), userId, until, { pot });
  receive(
    model,
    userId,
    undated(credits).map(() => ({ lot })),
  );
  return { balanceAfter: balanceOf(model, userId), expiredCredits: gone.length };
}

interface Period {
  readonly userId: string;
  readonly credits: number;
  readonly pot?: string | undefined;
  readonly rolloverMax?: number | undefined;
  readonly expiresAt?: string | undefined;
}

/** What is paid reaches whoever was ever in the directory, also who has been deleted since. */
export function pay(model: NaiveModel, userId: string, credits: number): string | object {
  if (!model.people.some(({ id }) => id === userId)) return 'recipient_not_found';
  receive(model, userId, undated(credits));
  return { balanceAfter: balanceOf(model, userId) };
}

export function unpay(model: NaiveModel, at: number, userId: string, credits: number): string | object {
  if (!model.people.some(({ id }) => id === userId)) return 'recipient_not_found';
  const taken = take(model, userId, credits, at).length;
  model.debt[userId] = (model.debt[userId] ?? 0) + credits - taken;
  return { taken, owed: credits - taken, balanceAfter: balanceOf(model, userId) };
}
