import { type SQL, sql } from 'drizzle-orm';
import { amountMax } from '../../shared/contract/wire.ts';
import { derivedId, type Uuid } from '../../shared/domain/ids.ts';
import {
  type Claim,
  claimsOf,
  creditsOfLines,
  creditsOfProrations,
  type Period,
  type Plan,
} from '../../shared/stripe/claims.ts';
import type { Paid, PaidLine } from '../../shared/stripe/facts.ts';
import { monthsIn } from '../../shared/stripe/months.ts';
import type { Tx } from '../client.ts';
import { plansOfPrices } from '../plans.ts';
import { paymentOf, relate } from './relations.ts';

/** What was paid for is not entered yet, because something is not known: what it lacks, for people. */
export class Lacking extends Error {}

interface NewPurchase {
  readonly key: string;
  readonly kind: Claim['kind'];
  readonly start: number | null;
  readonly end: number | null;
  readonly description: string;
  readonly credits: number;
  readonly expiresAfterDays: number | null;
  readonly rolloverMax: number | null;
  readonly parts: number;
}

/**
 * Enters what was paid for, each claim once, whichever of its events comes first; nothing has been given yet. Throws
 * `Lacking`, before anything is entered, while something is missing.
 */
export async function enterPurchases(tx: Tx, paid: Paid, userId: Uuid | null): Promise<void> {
  const payment = await paymentOf(tx, [paid.paidWith]);
  if (await isFulfilled(tx, paid, payment)) return;
  if (paid.lines === null) throw new Lacking(`what was paid with ${paid.paidWith} is not in the event`);

  const claims = claimsOf(paid.lines);
  const open: Claim[] = [];
  for (const claim of claims) if (!(await isEntered(tx, paid, claim, payment))) open.push(claim);
  if (open.length === 0) return;

  const planOf = await planFinder(tx, open);
  if (userId === null) throw new Lacking('nobody in the directory is known to have paid this');
  const periods = open.some(({ kind }) => kind === 'proration') ? await periodsOf(tx, paid.subscription) : [];
  const entered = open.flatMap((claim) => purchasesOf(paid, claim, planOf, periods));
  for (const purchase of entered) await insertPurchase(tx, paid, purchase, userId);
}

/**
 * A session of a subscription is fulfilled by its invoice, if that was quicker: the one that it names, or, when it names
 * none, any. Its own lines do not say for which period they are.
 */
async function isFulfilled(tx: Tx, paid: Paid, payment: readonly string[]): Promise<boolean> {
  if (paid.subscription === null || !paid.paidWith.startsWith('cs_')) return false;
  const invoices = payment.filter((id) => id.startsWith('in_'));
  const ofItsInvoice = sql`paid_with = any(${sql.param(payment)}::text[])`;
  return exists(
    tx,
    sql`kind = 'period' and subscription_id = ${paid.subscription} and ${invoices.length > 0 ? ofItsInvoice : sql`true`}`,
  );
}

async function isEntered(tx: Tx, paid: Paid, claim: Claim, payment: readonly string[]): Promise<boolean> {
  switch (claim.kind) {
    case 'period':
      if (claim.start === null) return exists(tx, sql`key = ${`period/${paid.subscription}/first`}`);
      return (
        (await exists(
          tx,
          sql`kind = 'period' and subscription_id = ${paid.subscription}
              and period_start = to_timestamp(${claim.start}::float8)`,
        )) || adopt(tx, paid, claim, payment)
      );
    case 'purchase':
      return exists(tx, sql`kind = 'purchase' and paid_with = any(${sql.param(payment)}::text[])`);
    case 'proration':
      return exists(tx, sql`key = ${`proration/${paid.paidWith}`}`);
  }
}

/**
 * The first period that a session has entered without knowing it: this invoice says which it is, unless the session
 * names another invoice.
 */
async function adopt(
  tx: Tx,
  { subscription, paidWith }: Paid,
  claim: Claim,
  payment: readonly string[],
): Promise<boolean> {
  const { rows } = await tx.db.execute<{ id: Uuid; paid_with: string }>(sql`
    select id, paid_with from stripe_purchases
    where kind = 'period' and subscription_id = ${subscription} and period_start is null`);
  const [first] = rows;
  if (first === undefined) return false;
  const sessions = await paymentOf(tx, [first.paid_with]);
  if (!payment.includes(first.paid_with) && sessions.some((id) => id.startsWith('in_'))) return false;

  await relate(tx, [first.paid_with, paidWith]);
  await tx.db.execute(sql`
    update stripe_purchases
    set period_start = to_timestamp(${claim.start}::float8), period_end = to_timestamp(${claim.end}::float8)
    where id = ${first.id}`);
  return true;
}

/** Throws `Lacking` unless every line has a price with a plan. */
async function planFinder(tx: Tx, claims: readonly Claim[]): Promise<(line: PaidLine) => Plan> {
  const prices = [...new Set(claims.flatMap(({ lines }) => lines.map(({ price }) => price ?? '')))];
  const plans = await plansOfPrices(tx, prices);
  const missing = prices.filter((price) => !plans.has(price));
  if (missing.length > 0) throw new Lacking(`no plan has the price ${missing.join(', ') || 'that was paid'}`);
  return ({ price }) => {
    const plan = plans.get(price ?? '');
    if (plan === undefined) throw new Error(`the plan of ${price} was not looked for`);
    return plan;
  };
}

async function periodsOf({ db }: Tx, subscription: string | null): Promise<Period[]> {
  const { rows } = await db.execute<{ start: number; end: number }>(sql`
    select extract(epoch from period_start)::float8 as start, extract(epoch from period_end)::float8 as end
    from stripe_purchases
    where subscription_id = ${subscription} and period_start is not null and period_end is not null
    order by period_start desc`);
  return rows.map(({ start, end }) => ({ start, end }));
}

/** A claim is one purchase, or two where a part of its credits comes month by month. */
function purchasesOf(
  paid: Paid,
  claim: Claim,
  planOf: (line: PaidLine) => Plan,
  periods: readonly Period[],
): NewPurchase[] {
  if (claim.kind === 'proration') {
    const credits = creditsOfProrations(claim.lines, planOf, periods);
    if (credits === null) throw new Lacking(`the period that ${paid.paidWith} changes is not known yet`);
    return purchaseOf(claim, planOf, { key: `proration/${paid.paidWith}`, credits, parts: 1 });
  }
  if (claim.kind === 'purchase') {
    const credits = creditsOfLines(claim.lines, planOf);
    return purchaseOf(claim, planOf, { key: `purchase/${paid.paidWith}`, credits, parts: 1 });
  }
  const dripping = claim.lines.filter((line) => planOf(line).drip === 'monthly');
  const key = `period/${paid.subscription}/${claim.start ?? 'first'}`;
  if (dripping.length > 0 && (claim.start === null || claim.end === null)) {
    throw new Lacking(`the period that ${paid.paidWith} pays is not known yet`);
  }
  const parts = claim.start === null || claim.end === null ? 1 : monthsIn(claim.start, claim.end);
  const atOnce = parts === 1 ? claim.lines : claim.lines.filter((line) => planOf(line).drip === null);
  const monthly = parts === 1 ? [] : dripping;
  return [
    ...purchaseOf({ ...claim, lines: atOnce }, planOf, { key, credits: creditsOfLines(atOnce, planOf), parts: 1 }),
    ...purchaseOf({ ...claim, lines: monthly }, planOf, {
      key: `${key}/monthly`,
      credits: creditsOfLines(monthly, planOf),
      parts,
    }),
  ];
}

function purchaseOf(
  { kind, start, end, lines }: Claim,
  planOf: (line: PaidLine) => Plan,
  { key, credits, parts }: Pick<NewPurchase, 'key' | 'credits' | 'parts'>,
): NewPurchase[] {
  if (lines.length === 0) return [];
  if (!(credits <= amountMax)) throw new Lacking(`${credits} credits are more than one purchase may give`);
  const names = [...new Set(lines.map((line) => planOf(line).name))];
  const days = lines.flatMap((line) => planOf(line).expiresAfterDays ?? []);
  // Of several plans, the one that lets its credits live longest counts for all; one without an end has the longest.
  const expiresAfterDays = days.length < lines.length ? null : Math.max(...days);
  // Each plan lets its own roll over; one without a limit lifts it for all.
  const limits = lines.flatMap((line) => {
    const { rolloverMax: limit } = planOf(line);
    return limit === null ? [] : [limit * line.quantity];
  });
  const rolloverMax = limits.length < lines.length ? null : limits.reduce((sum, limit) => sum + limit, 0);
  return [{ key, kind, start, end, description: names.join(', '), credits, expiresAfterDays, rolloverMax, parts }];
}

async function insertPurchase({ db }: Tx, paid: Paid, purchase: NewPurchase, userId: Uuid): Promise<void> {
  const { key, kind, start, end, description, credits, expiresAfterDays, rolloverMax, parts } = purchase;
  await db.execute(sql`
    insert into stripe_purchases (id, key, kind, user_id, subscription_id, period_start, period_end, paid_with,
                                  amount_paid, description, credits, expires_after_days, rollover_max, parts, paid_at)
    values (${derivedId(`stripe/${key}`)}, ${key}, ${kind}, ${userId}, ${paid.subscription},
            to_timestamp(${start}::float8), to_timestamp(${end}::float8), ${paid.paidWith}, ${paid.amount},
            ${description}, ${credits}, ${expiresAfterDays}, ${rolloverMax}, ${parts}, to_timestamp(${paid.at}::float8))`);
}

async function exists({ db }: Tx, where: SQL): Promise<boolean> {
  const { rows } = await db.execute(sql`select from stripe_purchases where ${where} limit 1`);
  return rows.length > 0;
}
