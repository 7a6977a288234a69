import type { DisputeFacts } from './facts.ts';

/** What was taken back of a payment, in minor units. */
export interface TakenBack {
  /** What was paid. */
  readonly paid: number;
  readonly refunded: number;
  readonly disputed: number;
}

/** What is known about a dispute so far; each member only ever goes from nothing to something. */
export interface DisputeState extends Pick<DisputeFacts, 'amount' | 'outcome'> {
  readonly withdrawn: boolean;
  readonly reinstated: boolean;
}

/** The money that a dispute has taken: from the loss or the withdrawal on, until it is won or the money is back. */
export function disputedOf({ amount, outcome, withdrawn, reinstated }: DisputeState): number {
  if (outcome === 'won' || reinstated) return 0;
  return outcome === 'lost' || withdrawn ? amount : 0;
}

/** What remains of `credits`: in proportion to the money, rounded in the user's favour. */
export function entitledTo(credits: number, { paid, refunded, disputed }: TakenBack): number {
  if (paid <= 0) return refunded + disputed > 0 ? 0 : credits;
  const back = Math.min(paid, refunded + disputed);
  return credits - Number((BigInt(credits) * BigInt(back)) / BigInt(paid));
}
