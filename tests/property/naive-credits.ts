import { lotIdOf } from '../../shared/domain/ids.ts';

/* The rules of credits and their ends once more: every credit is a thing of its own. */

/** One single credit. */
export interface Credit {
  /** Null: it has no end. */
  readonly lot: Lot | null;
}

export interface Lot {
  readonly id: string;
  readonly account: string;
  readonly until: number;
  /** The lot that it renews, or itself. */
  readonly origin: string;
  /** What it rolls over with. */
  readonly pot: string | null;
  /** How many lots there were before. */
  readonly nth: number;
  ended: boolean;
  voided: boolean;
}

/** Who has which credits, and what was given. */
export interface NaiveCredits {
  readonly credits: Record<string, Credit[]>;
  readonly lots: Lot[];
  readonly gifts: { readonly id: string; readonly to: string; readonly amount: number; voided: boolean }[];
  readonly debt: Record<string, number>;
  /** How many credits, besides those, are somebody's and set aside until a session is over. */
  readonly held: Record<string, number>;
}

export function expire(model: NaiveCredits, at: number, account: string, lotId: string): object {
  const lot = model.lots.find((known) => known.id === lotId && known.account === account);
  if (lot === undefined || lot.ended || lot.voided || lot.until > at) return { lotId, expiredCredits: 0 };
  lot.ended = true;
  const before = creditsOf(model, account);
  const left = before.filter((credit) => credit.lot !== lot);
  model.credits[account] = left;
  return { lotId, expiredCredits: before.length - left.length };
}

/** What ends is known by its lot; without an end, any credit that has none is as good as the one that was given. */
export function takeBack(model: NaiveCredits, giftId: string, userId: string): string | object {
  const gift = model.gifts.find(({ id, to }) => id === giftId && to === userId);
  if (gift === undefined) return 'allocation_not_found';
  if (gift.voided) return 'already_voided';
  gift.voided = true;
  const lots = model.lots.filter(({ origin, account }) => origin === lotIdOf(giftId, 0) && account === userId);
  const before = creditsOf(model, userId);
  let left = before.filter(({ lot }) => lot === null || !lots.includes(lot));
  if (lots.length === 0) {
    let missing = gift.amount;
    left = before.filter(({ lot }) => {
      if (lot !== null || missing === 0) return true;
      missing -= 1;
      return false;
    });
  }
  // A renewal of which nothing is left stays what it is: what comes back to it has its date either way.
  for (const lot of lots) {
    if (lot.id === lot.origin || before.some((credit) => credit.lot === lot)) lot.voided ||= !lot.ended;
  }
  model.credits[userId] = left;
  return { allocationId: giftId, voidedCredits: before.length - left.length, balanceAfter: balanceOf(model, userId) };
}

export function renewed(
  model: NaiveCredits,
  id: string,
  at: number,
  account: string,
  credits: readonly Credit[],
): Credit[] {
  const renewals = new Map<Lot, Lot>();
  return credits.map(({ lot }) => {
    if (lot === null || (!lot.ended && !lot.voided && lot.until > at)) return { lot };
    // What was spent of a voided lot keeps its date.
    const until = lot.voided && lot.until > at ? lot.until : at + 30 * 24 * 3_600_000;
    const renewal = renewals.get(lot) ?? openLot(model, lotIdOf(id, renewals.size), account, until, lot);
    renewals.set(lot, renewal);
    return { lot: renewal };
  });
}

export function creditsOf(model: NaiveCredits, id: string): Credit[] {
  model.credits[id] ??= [];
  return model.credits[id];
}

/** What somebody has, whether or not it is set aside. */
export function balanceOf(model: NaiveCredits, id: string): number {
  return creditsOf(model, id).length + (model.held[id] ?? 0);
}

/** Sets aside so many more credits of somebody, or less. */
export function setAside(model: NaiveCredits, id: string, amount: number): void {
  model.held[id] = (model.held[id] ?? 0) + amount;
}

/** What ends soonest, then what is oldest, then what never ends. */
export function spendable(model: NaiveCredits, id: string, at: number): Credit[] {
  return creditsOf(model, id)
    .filter(({ lot }) => lot === null || lot.until > at)
    .sort(sooner);
}

function sooner({ lot: one }: Credit, { lot: other }: Credit): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return one.until === other.until ? one.nth - other.nth : one.until - other.until;
}

export function take(model: NaiveCredits, id: string, amount: number, at: number): Credit[] {
  const taken = spendable(model, id, at).slice(0, amount);
  model.credits[id] = creditsOf(model, id).filter((credit) => !taken.includes(credit));
  return taken;
}

/** Credit by credit: as long as there is debt, each one repays it, those that end soonest first. */
export function receive(model: NaiveCredits, id: string, credits: readonly Credit[]): void {
  for (const credit of [...credits].sort(sooner)) {
    const owed = model.debt[id] ?? 0;
    if (owed > 0) model.debt[id] = owed - 1;
    else creditsOf(model, id).push({ ...credit });
  }
}

export function undated(amount: number): Credit[] {
  return Array.from({ length: amount }, () => ({ lot: null }));
}

/** A new lot, with what it has of one that it renews. */
export function openLot(
  model: NaiveCredits,
  id: string,
  account: string,
  until: number,
  { origin = id, pot = null }: { readonly origin?: string; readonly pot?: string | null } = {},
): Lot {
  const lot = { id, account, until, origin, pot, nth: model.lots.length, ended: false, voided: false };
  model.lots.push(lot);
  return lot;
}
