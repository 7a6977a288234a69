import { creditsOf, house, isHouse } from './accounts.ts';
import type { Effect, Transfer, TransferPosted } from './effects.ts';
import type { Uuid } from './ids.ts';
import { firstOf, type LotShare, overdueOf, pendingOf, restOf, soonestFirst } from './lots.ts';
import { type Account, lookup, lotsOf, type State } from './state.ts';

export type Move = Omit<Transfer, 'debtor'> & { readonly debtor?: Uuid };

/**
 * What the account can spend when the command counts: its balance without what holds have set aside and what is past
 * its date, taken off the balance already or not, and without what cannot be spent yet. Absent accounts have nothing.
 */
export function spendableOf(state: State, accountId: Uuid): number {
  const account = lookup(state.accounts, accountId);
  if (account === null) return 0;
  const lots = lotsOf(state, accountId);
  return account.balance - account.held - overdueOf(lots, state.at) - pendingOf(lots, state.at);
}

/** What the account can spend that has no end. */
export function undatedOf(state: State, accountId: Uuid): number {
  const account = lookup(state.accounts, accountId);
  if (account === null) return 0;
  return lotsOf(state, accountId).reduce((rest, { remaining }) => rest - remaining, account.balance - account.held);
}

/** Which lots `amount` would be taken from now; what is not in them has no end. */
export function lotsFor(state: State, accountId: Uuid, amount: number): LotShare[] {
  return soonestFirst(lotsOf(state, accountId), amount, state.at);
}

/** The ledger balance; 0 for an account that does not exist yet. */
export function balanceOf(state: State, accountId: Uuid): number {
  return lookup(state.accounts, accountId)?.balance ?? 0;
}

/**
 * The effects of making `moves` in order. Whatever an account in debt receives, it repays from at once, so that debt
 * comes before everything else that the owner might do with the income (design.md §2.10).
 */
export function post(state: State, moves: readonly Move[]): TransferPosted[] {
  const owed = new Map<Uuid, number>();
  const posted: TransferPosted[] = [];

  for (const move of moves) {
    posted.push({ type: 'transfer-posted', transfer: { ...move, debtor: move.debtor ?? null } });
    if (isHouse(move.credit)) continue;

    const debt = owed.get(move.credit) ?? debtOf(state, move.credit);
    const repaid = Math.min(debt, move.amount);
    owed.set(move.credit, debt - repaid);
    if (repaid > 0) posted.push({ type: 'transfer-posted', transfer: repayment(move.credit, repaid) });
  }
  return posted;
}

/** What comes back to an account from a hold is no transfer; it repays the account's debt all the same. */
export function repayFrom(state: State, accountId: Uuid, amount: number): TransferPosted[] {
  const repaid = Math.min(debtOf(state, accountId), amount);
  return repaid === 0 ? [] : [{ type: 'transfer-posted', transfer: repayment(accountId, repaid) }];
}

/**
 * Takes `amount` back from `from` for `to`, who is made whole whatever `from` still has: the house advances the
 * shortfall, which becomes the debt of `from`.
 */
export function takeBack(state: State, from: Uuid, move: Omit<Move, 'debit' | 'debtor'>): Move[] {
  const fromBalance = Math.min(spendableOf(state, from), move.amount);
  const shortfall = move.amount - fromBalance;
  const { returns = [] } = move;
  return [
    ...(fromBalance > 0 ? [{ debit: from, ...move, amount: fromBalance, returns: firstOf(returns, fromBalance) }] : []),
    ...(shortfall > 0
      ? [{ debit: house.advances, debtor: from, ...move, amount: shortfall, returns: restOf(returns, fromBalance) }]
      : []),
  ];
}

/** The balance of `accountId` once `effects` are applied. */
export function balanceAfter(state: State, accountId: Uuid, effects: readonly Effect[]): number {
  return effects.reduce(
    (balance, effect) => {
      if (effect.type !== 'transfer-posted') return balance;
      const { transfer } = effect;
      if (transfer.debit === accountId) return balance - transfer.amount;
      if (transfer.credit === accountId) return balance + transfer.amount;
      return balance;
    },
    balanceOf(state, accountId),
  );
}

function debtOf(state: State, accountId: Uuid): number {
  const account: Account | null = lookup(state.accounts, creditsOf(accountId));
  return account?.debt ?? 0;
}

function repayment(debtor: Uuid, amount: number): Transfer {
  return {
    debit: debtor,
    credit: house.advances,
    amount,
    debitType: 'debt_repayment',
    creditType: 'debt_repayment',
    source: 'debt',
    reference: null,
    description: 'Repays what was advanced when credits already spent were taken back',
    debtor,
  };
}
