import { house } from './accounts.ts';
import type { Effect, Hold, Reference, Transfer } from './effects.ts';
import type { Uuid } from './ids.ts';
import { spendableOf } from './ledger.ts';
import { endless, firstOf, isOpen, type Lot, type LotShare, lastTaken, soonestFirst, totalOf } from './lots.ts';
import { type LoyaltyRules, type Order, pointsOf } from './shop.ts';
import { lookup, lotsOf, type OverdueHold, type State } from './state.ts';

/*
 * How points move between a customer's account and the house (contract §5). What a customer owes, because points that
 * were taken back had been spent, is repaid from whatever comes in next.
 */

const dayMs = 24 * 3_600_000;

/** What can be spent of an account now: also what is set aside for orders whose time is over. */
export function pointsAvailableIn(state: State, accountId: Uuid): number {
  return spendableOf(state, accountId) + totalOf(overdueIn(state, accountId));
}

/** Points that are about to be taken. */
export interface Taking {
  /** The lots that they come from; the rest has no end. */
  readonly lots: readonly LotShare[];
  /** Ends holds whose time is over, when their points are needed. */
  readonly before: readonly Effect[];
}

/** How `amount` points are taken now; there must be so many. */
export function takePoints(state: State, accountId: Uuid, amount: number): Taking {
  const lots = lotsOf(state, accountId);
  if (amount <= spendableOf(state, accountId)) return { lots: soonestFirst(lots, amount, state.at), before: [] };
  const overdue = overdueIn(state, accountId);
  const returned = overdue.flatMap((hold) => hold.lots);
  const asTheyWillBe = lots.map((lot) => {
    const back = returned.filter(({ lotId }) => lotId === lot.id);
    return { ...lot, remaining: lot.remaining + totalOf(back) };
  });
  return {
    lots: soonestFirst(asTheyWillBe, amount, state.at),
    before: overdue.map((hold) => ({
      type: 'hold-ended',
      hold: {
        id: hold.orderId,
        accountId,
        amount: hold.amount,
        reference: { type: 'order', id: hold.orderId },
      },
      as: 'released',
      returns: hold.lots,
    })),
  };
}

/**
 * Those that would come back as they went. What repays a debt, or is renewed because its lot has ended meanwhile, is left
 * to the order's own release.
 */
function overdueIn(state: State, accountId: Uuid): readonly OverdueHold[] {
  if (debtOf(state, accountId) > 0) return [];
  const lots = lotsOf(state, accountId);
  const isOpenStill = ({ lotId }: LotShare) => lots.some((lot) => lot.id === lotId && isOpen(lot, state.at));
  const holds = state.overdueHolds.get(accountId) ?? [];
  return holds.filter((hold) => hold.until <= state.at && hold.lots.every(isOpenStill));
}

/** The points of an order are set aside under its id. */
export function holdOf(order: Order): Hold {
  const { id, pointsRedeemed: amount } = order;
  return { id, accountId: pointsOf(order), amount, reference: { type: 'order', id } };
}

/** Points that were set aside for an order come back; what their customer owes is repaid from them first. */
export function releaseHold(state: State, order: Order): Effect[] {
  const hold = holdOf(order);
  const repaid = Math.min(debtOf(state, hold.accountId), hold.amount);
  return [
    { type: 'hold-ended', hold, as: 'released', returns: firstOf(order.lots, hold.amount - repaid) },
    ...repay(hold.accountId, about(order), repaid),
  ];
}

/** Redeemed points leave the account; `takes`: none when a hold has taken them out of their lots before. */
export function spend(order: Order, takes: readonly LotShare[]): Effect[] {
  const { pointsRedeemed: amount } = order;
  if (amount === 0) return [];
  return [
    posted({
      debit: pointsOf(order),
      credit: house.pointsRedeemed,
      amount,
      debitType: 'spent',
      creditType: 'spent',
      takes,
      ...about(order),
    }),
  ];
}

/** Earned points come in: at once, or from the end of the return window on, and with an end if the rules say so. */
export function earn(state: State, order: Order, amount: number): Effect[] {
  if (amount === 0) return [];
  const accountId = pointsOf(order);
  const repaid = Math.min(debtOf(state, accountId), amount);
  const dates = datesOf(order.rules, state.at);
  const kept = amount - repaid;
  return [
    posted({
      debit: house.pointsIssued,
      credit: accountId,
      amount,
      debitType: 'earned',
      creditType: 'earned',
      opens: dates === null || kept === 0 ? [] : [{ amount: kept, ...dates }],
      ...about(order),
    }),
    ...repay(accountId, about(order), repaid),
  ];
}

/** When points can be spent that are earned at `at`; null: from now on and for ever. */
function datesOf({ pendingDays, expiresAfterDays }: LoyaltyRules, at: number) {
  if (pendingDays === 0 && expiresAfterDays === null) return null;
  return {
    expiresAt: expiresAfterDays === null ? endless : at + (pendingDays + expiresAfterDays) * dayMs,
    spendableFrom: pendingDays === 0 ? null : at + pendingDays * dayMs,
  };
}

/** Redeemed points on their way back. */
export interface GivenBack {
  readonly effects: readonly Effect[];
  /** The lots of the order that they are from. */
  readonly back: readonly LotShare[];
}

/** Points of an order that go back. */
export interface GivingBack {
  readonly amount: number;
  /** How many went back before. */
  readonly before: number;
  /** What the customer has come to owe in the same decision. */
  readonly owed: number;
}

/** `amount` of an order's redeemed points go back to where they came from; what is owed is repaid from them. */
export function giveBack(state: State, order: Order, { amount, before, owed }: GivingBack): GivenBack {
  if (amount === 0) return { effects: [], back: [] };
  const accountId = pointsOf(order);
  const repaid = Math.min(debtOf(state, accountId) + owed, amount);
  const back = lastTaken(order.lots, order.pointsRedeemed - before, amount);
  const move = posted({
    debit: house.pointsRedeemed,
    credit: accountId,
    amount,
    debitType: 'refunded',
    creditType: 'refunded',
    // What repays a debt does not go back into lots: it leaves at once.
    returns: firstOf(back, amount - repaid),
    ...about(order),
  });
  return { effects: [move, ...repay(accountId, about(order), repaid)], back };
}

/** Earned points that are taken back. */
export interface Reversed {
  readonly effects: readonly Effect[];
  /** What had been spent already: the customer owes it. */
  readonly owed: number;
}

/**
 * Earned points are taken back: those of this very order first, spendable or not, then whatever can be spent. What has
 * been spent already the house advances, and the customer owes.
 *
 * @param earnedBy the operations that may have given them
 */
export function reverse(state: State, order: Order, amount: number, earnedBy: readonly Uuid[]): Reversed {
  if (amount === 0) return { effects: [], owed: 0 };
  const accountId = pointsOf(order);
  const lots = lotsOf(state, accountId);
  const isOwn = ({ operationId, expiresAt }: Lot) => earnedBy.includes(operationId) && expiresAt > state.at;
  const own = lots.filter((lot) => isOwn(lot) && lot.remaining > 0);
  const others = lots.filter((lot) => !isOwn(lot));
  const fromOwn = firstOf(
    own.map(({ id: lotId, remaining }) => ({ lotId, amount: remaining })),
    amount,
  );
  const ownSpendable = totalOf(soonestFirst(own, Number.MAX_SAFE_INTEGER, state.at));
  const rest = Math.min(amount - totalOf(fromOwn), Math.max(0, spendableOf(state, accountId) - ownSpendable));
  const taken = totalOf(fromOwn) + rest;
  const owed = amount - taken;
  const move = { credit: house.pointsIssued, debitType: 'reversed', creditType: 'reversed', ...about(order) } as const;
  const effects = [
    ...(taken === 0
      ? []
      : [
          posted({
            debit: accountId,
            amount: taken,
            takes: [...fromOwn, ...soonestFirst(others, rest, state.at)],
            ...move,
          }),
        ]),
    ...(owed === 0 ? [] : [posted({ debit: house.pointsAdvances, amount: owed, debtor: accountId, ...move })]),
  ];
  return { effects, owed };
}

/** What an admin gives, or takes away. */
export interface Adjustment {
  readonly accountId: Uuid;
  readonly amount: number;
  readonly note: string;
  readonly takes: readonly LotShare[];
}

export function adjust(state: State, { accountId, amount, note, takes }: Adjustment): Effect[] {
  const purpose = { source: 'adjustment', reference: null, description: note } as const;
  const types = { debitType: 'adjustment', creditType: 'adjustment' } as const;
  if (amount < 0) {
    return [posted({ debit: accountId, credit: house.pointsIssued, amount: -amount, takes, ...types, ...purpose })];
  }
  const repaid = Math.min(debtOf(state, accountId), amount);
  return [
    posted({ debit: house.pointsIssued, credit: accountId, amount, ...types, ...purpose }),
    ...repay(accountId, purpose, repaid),
  ];
}

/** Leaves the undated rest, where what repays has just come in. */
function repay(debtor: Uuid, { reference }: Pick<Transfer, 'reference'>, amount: number): Effect[] {
  if (amount === 0) return [];
  return [
    posted({
      debit: debtor,
      credit: house.pointsAdvances,
      amount,
      debitType: 'reversed',
      creditType: 'reversed',
      source: 'debt',
      reference,
      description: 'Repays what was advanced when points already spent were taken back',
      debtor,
      takes: [],
    }),
  ];
}

function debtOf(state: State, accountId: Uuid): number {
  return lookup(state.accounts, accountId)?.debt ?? 0;
}

function about({ id }: Order) {
  return { source: 'order', reference: { type: 'order', id } satisfies Reference, description: null } as const;
}

function posted(transfer: Omit<Transfer, 'debtor'> & { readonly debtor?: Uuid }): Effect {
  return { type: 'transfer-posted', transfer: { ...transfer, debtor: transfer.debtor ?? null } };
}
