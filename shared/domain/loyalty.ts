import { minorDigitsOf } from './money.ts';
import type { LoyaltyHistory, LoyaltyRules, LoyaltyTier, Order } from './shop.ts';

/*
 * What points are worth, in one place: a checkout, its preview, and a refund all ask here (004-02).
 */

/** A line that is ordered. */
export interface PricedLine {
  readonly unitPriceMinor: number;
  readonly quantity: number;
}

/** What an order comes to, in minor units and points. */
export interface Quote {
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly totalMinor: number;
  /** Without the bonus of a first order. */
  readonly pointsEarned: number;
}

export interface QuoteInput {
  readonly rules: LoyaltyRules;
  readonly history: LoyaltyHistory;
  readonly currency: string;
  readonly lines: readonly PricedLine[];
  readonly redeemPoints: number;
}

export function quote({ rules, history, currency, lines, redeemPoints }: QuoteInput): Quote {
  const subtotalMinor = lines.reduce((sum, { unitPriceMinor, quantity }) => sum + unitPriceMinor * quantity, 0);
  const discountMinor = redeemPoints * rules.pointValueMinor;
  const totalMinor = subtotalMinor - discountMinor;
  return {
    subtotalMinor,
    discountMinor,
    totalMinor,
    pointsEarned: pointsFor(rules, history, { currency, totalMinor }),
  };
}

/** What an order may come to at most, in minor units, and earn, in points: beyond, sums would not be exact. */
export const orderMax = 1_000_000_000;

/** The points for what is paid (contract §8): by major units, rounded down. */
export function pointsFor(
  rules: LoyaltyRules,
  history: LoyaltyHistory,
  { currency, totalMinor }: { readonly currency: string; readonly totalMinor: number },
): number {
  if (!rules.enabled || totalMinor <= 0) return 0;
  const percent = BigInt(tierOf(rules, history)?.earnPercent ?? 100);
  const minorPerUnit = 10n ** BigInt(minorDigitsOf(currency));
  // Whole numbers throughout: ten-thousandths of a point, hundredths of a percentage.
  const points = (BigInt(totalMinor) * BigInt(rules.perUnitE4) * percent) / (minorPerUnit * 10_000n * 100n);
  return Math.min(Number(points), orderMax);
}

/** The highest tier that a customer has reached; null without any. */
export function tierOf({ tiers }: LoyaltyRules, { earnedInYear }: LoyaltyHistory): LoyaltyTier | null {
  return tiers.findLast(({ fromPoints }) => earnedInYear >= fromPoints) ?? null;
}

/** What a customer gets for their first paid order, besides what it earns. */
export function bonusFor({ enabled, firstOrderBonus }: LoyaltyRules, { paidOrders }: LoyaltyHistory): number {
  return enabled && paidOrders === 0 ? firstOrderBonus : 0;
}

/** Whether it matters what a customer has been to the vendor so far. */
export function asksForHistory({ enabled, tiers, firstOrderBonus }: LoyaltyRules): boolean {
  return enabled && (tiers.length > 0 || firstOrderBonus > 0);
}

/** The points that move with a refund. */
export interface PointsShare {
  /** Redeemed ones that come back. */
  readonly returned: number;
  /** Earned ones that are taken back. */
  readonly reversed: number;
}

/**
 * What a refund of `amountMinor` moves: with what was refunded before, the share of the total that has gone back,
 * rounded down; the last refund takes the rest, so that several come to exactly what one would have (contract §8).
 */
export function shareOf(order: Order, amountMinor: number): PointsShare {
  const done = order.refunds.filter(({ status }) => status === 'done');
  const share = (points: number, before: number) => {
    const isLast = order.refundedMinor + amountMinor >= order.totalMinor;
    const due = isLast
      ? points
      : Number((BigInt(points) * BigInt(order.refundedMinor + amountMinor)) / BigInt(order.totalMinor));
    return due - before;
  };
  return {
    returned: share(
      order.pointsRedeemed,
      done.reduce((sum, { pointsReturned }) => sum + pointsReturned, 0),
    ),
    reversed: share(
      order.pointsEarned,
      done.reduce((sum, { pointsReversed }) => sum + pointsReversed, 0),
    ),
  };
}
