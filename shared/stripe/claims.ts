import type { Paid, PaidLine } from './facts.ts';

/** What a Stripe price gives. */
export interface Plan {
  readonly name: string;
  readonly stripePriceId: string;
  /** For each period and each of the quantity; 0: a price that has nothing to do with credits. */
  readonly creditsPerPeriod: number;
  readonly expiresAfterDays: number | null;
  /** How many of the credits of earlier periods may be left when a new one is given; null: all. */
  readonly rolloverMax: number | null;
  /** Whether the credits of a period come in monthly parts. */
  readonly drip: 'monthly' | null;
}

/**
 * Something for which credits are due exactly once: a period of a subscription, things bought once, or the difference
 * that a change in mid-period was paid for.
 */
export interface Claim {
  readonly kind: 'period' | 'purchase' | 'proration';
  /** Of the period, in epoch seconds; null: the first of the subscription, whenever that is. */
  readonly start: number | null;
  readonly end: number | null;
  readonly lines: readonly PaidLine[];
}

/**
 * What was paid for. Lines that cost nothing give nothing: those of a trial, and of free prices. Credits of lines that
 * are taken off without being prorations come back by their refund, not here.
 */
export function claimsOf(lines: NonNullable<Paid['lines']>): Claim[] {
  const prorations = lines.filter(({ kind, amount }) => kind === 'proration' && amount !== 0);
  const charged = lines.filter(({ kind, amount }) => kind !== 'proration' && (amount === null || amount > 0));
  const once = charged.filter(({ kind }) => kind === 'once');
  const recurring = charged.filter(({ kind }) => kind === 'recurring');
  const starts = [...new Set(recurring.map(({ start }) => start))];
  return [
    ...starts.map((start) => periodClaim(recurring.filter((line) => line.start === start))),
    ...(once.length > 0 ? [{ kind: 'purchase', start: null, end: null, lines: once } as const] : []),
    ...(prorations.length > 0 ? [{ kind: 'proration', start: null, end: null, lines: prorations } as const] : []),
  ];
}

function periodClaim(lines: readonly PaidLine[]): Claim {
  const [first] = lines;
  return { kind: 'period', start: first?.start ?? null, end: first?.end ?? null, lines };
}

/** What lines give in full. */
export function creditsOfLines(lines: readonly PaidLine[], planOf: (line: PaidLine) => Plan): number {
  return lines.reduce((sum, line) => sum + planOf(line).creditsPerPeriod * line.quantity, 0);
}

/** A period of a subscription, in epoch seconds. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

/**
 * What a change in mid-period gives: of the new price for the time that is left, less of the old one for the same
 * time, rounded up; a change for less takes nothing away. Null while the period that the lines end with is unknown.
 */
export function creditsOfProrations(
  lines: readonly PaidLine[],
  planOf: (line: PaidLine) => Plan,
  periods: readonly Period[],
): number | null {
  // In whole numbers all along: as fractions of the least common denominator that is at hand, the product.
  let [numerator, denominator] = [0n, 1n];
  for (const line of lines) {
    const period = periods.find(({ start, end }) => end === line.end && line.start !== null && line.start >= start);
    if (period === undefined || line.start === null || line.end === null) return null;
    const [left, whole] = [BigInt(line.end - line.start), BigInt(period.end - period.start)];
    const credits =
      BigInt(planOf(line).creditsPerPeriod * line.quantity) * (line.amount !== null && line.amount < 0 ? -1n : 1n);
    numerator = numerator * whole + credits * left * denominator;
    denominator *= whole;
  }
  return numerator <= 0n ? 0 : Number((numerator + denominator - 1n) / denominator);
}
