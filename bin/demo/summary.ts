import type { LedgerCheck } from './ledger-check.ts';
import { currency } from './shop.ts';
import type { Comparison, ShopCheck } from './shop-check.ts';
import type { Sums } from './tally.ts';

export interface SummaryOptions {
  readonly sums: Sums;
  readonly ledger: LedgerCheck;
  /** Null: the shop was closed. */
  readonly shop: ShopCheck | null;
  /** Of the part in which everything happens at once. */
  readonly actsMs: number;
  readonly parallel: number;
}

const surprisesShownMax = 20;

/** What a person reads at the end. */
export function summaryOf({ sums, ledger, shop, actsMs, parallel }: SummaryOptions): string {
  const { operations, succeeded, rejectedByCode, repeats, keysRefused, latenciesMs, surprises } = sums;
  const rejected = [...rejectedByCode].sort(([, a], [, b]) => b - a);
  const { allocated, withPeople, revenue, audit } = ledger;
  const violations = audit.checks.reduce((sum, check) => sum + check.violations, 0);
  return [
    '',
    row('accepted', operations, `${parallel} at a time, in ${(actsMs / 1_000).toFixed(1)} s`),
    row('succeeded', succeeded),
    row('rejected', operations - succeeded, 'as they had to be:'),
    ...rejected.map(([code, count]) => `    ${code.padEnd(22)}${grouped(count).padStart(4)}`),
    row('repeated', repeats, 'requests under a known key, each with the answer of the first'),
    row('keys refused', keysRefused, 'that were used for another request'),
    '',
    `  submit to outcome   p50 ${percentile(latenciesMs, 50)} ms, p99 ${percentile(latenciesMs, 99)} ms`,
    `  credits             ${grouped(allocated)} allocated = ${grouped(withPeople)} with people + ${grouped(revenue)} with the house${mark(withPeople + revenue === allocated)}`,
    ...(shop === null ? [] : shopLines(shop)),
    `  audit               ${audit.checks.length} checks, ${violations} violations, ${grouped(audit.durationMs)} ms${mark(audit.ok)}`,
    '',
    ...verdictOf(surprises),
  ].join('\n');
}

function shopLines({ points, money, pieces }: ShopCheck): string[] {
  const cents = (minor: number) => `${grouped(minor / 100)} ${currency}`;
  return [
    `  points              ${grouped(points.found)} with customers, by what was earned, redeemed and reversed${sameMark(points)}`,
    `  money               ${cents(money.found)} charged and not refunded${sameMark(money)}`,
    `  stock               ${grouped(pieces.found)} pieces in stock or sold${sameMark(pieces)}`,
  ];
}

function sameMark({ expected, found }: Comparison): string {
  return mark(expected === found);
}

function verdictOf(surprises: readonly string[]): string[] {
  if (surprises.length === 0) return ['Everything is as expected.'];
  return [
    `${surprises.length} things are not as expected:`,
    ...surprises.slice(0, surprisesShownMax).map((text) => `  ${text}`),
    ...(surprises.length > surprisesShownMax ? [`  … and ${surprises.length - surprisesShownMax} more`] : []),
  ];
}

function row(name: string, count: number, remark = ''): string {
  return `  ${name.padEnd(20)}${grouped(count).padStart(8)}  ${remark}`.trimEnd();
}

function mark(isRight: boolean): string {
  return isRight ? '  ok' : '  WRONG';
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** Nearest rank; of ascending values. */
function percentile(values: readonly number[], percent: number): number {
  return Math.round(values[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)] ?? 0);
}
