import type { Uuid } from './ids.ts';

/*
 * What of a balance has an end (design.md §2.9). Only credits with an end date are in lots; the rest of the balance has
 * none, and an account without such credits has no lots and pays nothing for them. What a hold sets aside is out of its
 * lots until the hold ends, so that lots and holds never claim the same credits:
 *
 *   balance = held + what the lots still have + the undated rest
 */

/** The end of credits that have none, and are in a lot all the same, to be known from others. */
export const endless = Number.POSITIVE_INFINITY;

/** A dated part of one account's balance. */
export interface Lot {
  readonly id: Uuid;
  readonly accountId: Uuid;
  /** The operation that opened it. */
  readonly operationId: Uuid;
  /** The lot whose credits these were at first: itself, unless it renews one that had ended. */
  readonly originId: Uuid;
  readonly amount: number;
  /** What has not been spent, set aside, or lost; nothing once it has ended. */
  readonly remaining: number;
  /** Epoch ms, or `endless`. From this instant on nothing of it can be spent, whether or not it has been ended yet. */
  readonly expiresAt: number;
  /** Epoch ms: nothing of it can be spent before. Null: at once. */
  readonly spendableFrom: number | null;
  /** As the transfer said that brought the credits. */
  readonly source: string;
  /** What it rolls over with: a limit holds for all of one pot together. Null: with nothing. */
  readonly pot: string | null;
  readonly status: LotStatus;
}

export type LotStatus = 'live' | 'expired' | 'voided';

/** So many credits of one lot. */
export interface LotShare {
  readonly lotId: Uuid;
  readonly amount: number;
}

/** Credits that come with an end, or points that come with a beginning. */
export interface DatedCredits {
  /** The lot that they become; absent: one with a number of the operation. */
  readonly lotId?: Uuid;
  /** What they roll over with; absent: with nothing. */
  readonly pot?: string;
  readonly amount: number;
  readonly expiresAt: number;
  readonly spendableFrom?: number | null;
}

/** What of `amount` comes out of lots that can be spent at `at`, soonest-expiring first; the rest has no end. */
export function soonestFirst(lots: readonly Lot[], amount: number, at: number): LotShare[] {
  const shares: LotShare[] = [];
  let missing = amount;
  for (const lot of lots) {
    if (missing === 0) break;
    const { id, remaining } = lot;
    if (remaining === 0 || lot.expiresAt <= at || isPending(lot, at)) continue;
    const taken = Math.min(remaining, missing);
    shares.push({ lotId: id, amount: taken });
    missing -= taken;
  }
  return shares;
}

/**
 * What of `shares`, which paid a part of `cost`, goes back when `amount` of it does: first what had no end, then what
 * was taken last. That is the order best for whoever gets it back.
 */
export function lastTaken(shares: readonly LotShare[], cost: number, amount: number): LotShare[] {
  let missing = Math.max(0, amount - (cost - totalOf(shares)));
  // A lot may have paid more than once; what comes back to it comes as one.
  const back = new Map<Uuid, number>();
  for (const { lotId, amount: paid } of shares.toReversed()) {
    if (missing === 0) break;
    const given = Math.min(paid, missing);
    back.set(lotId, (back.get(lotId) ?? 0) + given);
    missing -= given;
  }
  return [...back].map(([lotId, given]) => ({ lotId, amount: given }));
}

/** `shares` without those that `lastTaken` gave back. */
export function withoutLast(shares: readonly LotShare[], back: readonly LotShare[]): LotShare[] {
  return firstOf(shares, totalOf(shares) - totalOf(back));
}

/** The first `amount` credits of `shares`, or all of them. */
export function firstOf(shares: readonly LotShare[], amount: number): LotShare[] {
  const first: LotShare[] = [];
  let missing = amount;
  for (const { lotId, amount: offered } of shares) {
    if (missing === 0) break;
    const taken = Math.min(offered, missing);
    first.push({ lotId, amount: taken });
    missing -= taken;
  }
  return first;
}

/** What comes after the first `amount` credits of `shares`. */
export function restOf(shares: readonly LotShare[], amount: number): LotShare[] {
  const first = firstOf(shares, amount);
  return shares.flatMap(({ lotId, amount: offered }, position) => {
    const left = offered - (first[position]?.amount ?? 0);
    return left === 0 ? [] : [{ lotId, amount: left }];
  });
}

/** The credits of `shares` that have an end, with it. */
export function datedCredits(lots: readonly Lot[], shares: readonly LotShare[]): DatedCredits[] {
  return shares.flatMap(({ lotId, amount }) =>
    lots
      .filter(({ id, expiresAt }) => id === lotId && expiresAt !== endless)
      .map(({ expiresAt }) => ({ amount, expiresAt })),
  );
}

/** What of a pot does not roll over when `max` may: what would be spent first. */
export function beyondLimit(lots: readonly Lot[], pot: string, max: number, at: number): LotShare[] {
  const live = lots.filter((lot) => lot.pot === pot && lot.expiresAt > at);
  return soonestFirst(live, Math.max(0, totalOf(live.map(({ remaining: amount }) => ({ amount }))) - max), at);
}

export function totalOf(shares: readonly { readonly amount: number }[]): number {
  return shares.reduce((sum, { amount }) => sum + amount, 0);
}

/** What the lots have that can never be spent again at `at`, and has not been taken off the balance yet. */
export function overdueOf(lots: readonly Lot[], at: number): number {
  return lots.reduce((sum, { remaining, expiresAt }) => (expiresAt <= at ? sum + remaining : sum), 0);
}

/** What the lots have that cannot be spent yet at `at`, and has not ended. */
export function pendingOf(lots: readonly Lot[], at: number): number {
  return totalOf(
    lots.filter((lot) => lot.expiresAt > at && isPending(lot, at)).map(({ remaining: amount }) => ({ amount })),
  );
}

function isPending({ spendableFrom }: Lot, at: number): boolean {
  return spendableFrom !== null && spendableFrom > at;
}

/** Whether credits that were taken out of it at some time may come back into it at `at`. */
export function isOpen({ status, expiresAt }: Lot, at: number): boolean {
  return status === 'live' && expiresAt > at;
}

/** Until when credits of a lot that is not open any more can be spent when they come back at `at`. */
export function renewedUntil({ status, expiresAt }: Lot, at: number, graceMs: number): number {
  // One that was voided before its time has not expired: what was spent of it keeps its date.
  return status === 'voided' && expiresAt > at ? expiresAt : at + graceMs;
}
