import { sql } from 'drizzle-orm';
import { type DisputeState, disputedOf, entitledTo } from '../../shared/stripe/entitlement.ts';
import { givenAfter, monthsAfter } from '../../shared/stripe/months.ts';
import type { Submission } from '../accept.ts';
import type { Tx } from '../client.ts';
import { allocationOf, correctionOf, type PurchaseRow, purchaseColumns } from './allocations.ts';
import { paymentOf } from './relations.ts';

interface Totals {
  readonly paid: number;
  readonly refunded: number;
  readonly disputed: number;
  /** What comes back comes because of a refund, not of a dispute. */
  readonly isRefundFailed: boolean;
}

/**
 * The operations that bring what these payments gave to what their money entitles to: first what is due now and was
 * never given, then what refunds and disputes take back, or leave standing after all. The running totals are written
 * in this transaction, so that nothing is given or taken twice.
 */
export async function settlePayment(tx: Tx, payment: readonly string[]): Promise<Submission[]> {
  const { rows } = await tx.db.execute<PurchaseRow & { [column: string]: unknown }>(sql`
    select ${sql.raw(purchaseColumns)} from stripe_purchases
    where paid_with = any(${sql.param(payment)}::text[]) order by paid_at, key for update`);
  const totals = rows.length === 0 ? nothing : await totalsOf(tx, payment);
  const recorded: Submission[] = [];
  for (const purchase of rows) recorded.push(...(await settlePurchase(tx, purchase, totals)));
  return recorded;
}

const nothing: Totals = { paid: 0, refunded: 0, disputed: 0, isRefundFailed: false };

async function totalsOf({ db }: Tx, payment: readonly string[]): Promise<Totals> {
  // What had failed before a charge was told of is not in its total any more.
  const charges = await db.execute<{ amount: number; refunded: number; failed: number }>(sql`
    select c.amount::float8 as amount, greatest(0, c.refunded - coalesce(r.since, 0))::float8 as refunded,
           coalesce(r.ever, 0)::float8 as failed
    from stripe_charges c
    cross join lateral (
      select sum(amount) as ever, sum(amount) filter (where failed_at >= c.said_at) as since
      from stripe_failed_refunds where charge_id = c.id
    ) as r
    where c.id = any(${sql.param(payment)}::text[])`);
  const disputes = await db.execute<{ [Key in keyof DisputeState]: DisputeState[Key] }>(sql`
    select amount::float8 as amount, withdrawn, reinstated, outcome from stripe_disputes
    where charge_id = any(${sql.param(payment)}::text[])`);
  return {
    paid: sum(charges.rows.map(({ amount }) => amount)),
    refunded: sum(charges.rows.map(({ refunded }) => refunded)),
    disputed: sum(disputes.rows.map(disputedOf)),
    isRefundFailed: sum(charges.rows.map(({ failed }) => failed)) > 0 && disputes.rows.length === 0,
  };
}

async function settlePurchase(tx: Tx, purchase: PurchaseRow, totals: Totals): Promise<Submission[]> {
  const first = purchase.parts_given === 0 ? givePart(purchase, purchase.credits) : null;
  const given = first?.purchase ?? purchase;
  const correction = given.given - given.taken - Math.min(entitlementOf(given, totals), given.given);
  const isOfDispute = correction > 0 ? totals.disputed > 0 : !totals.isRefundFailed;
  const corrected = correction === 0 ? null : correctionOf(given, correction, isOfDispute ? 'dispute' : 'refund');
  const after = corrected === null ? given : { ...given, taken: given.taken + correction, turns: given.turns + 1 };
  if (after !== purchase) await writeTotals(tx, after);
  return [...(first?.operations ?? []), ...(corrected === null ? [] : [corrected])];
}

/** Gives the next part, as far as `entitled` goes; how the purchase stands then. */
function givePart(purchase: PurchaseRow, entitled: number): { purchase: PurchaseRow; operations: Submission[] } {
  const part = purchase.parts_given;
  const due = Math.min(givenAfter(purchase.credits, part + 1, purchase.parts), entitled);
  const credits = Math.max(0, due - (purchase.given - purchase.taken));
  const at = part === 0 ? (purchase.period_start ?? purchase.paid_at) : partAt(purchase, part);
  const operations = credits === 0 ? [] : [allocationOf(purchase, part, credits, at)];
  return { purchase: { ...purchase, parts_given: part + 1, given: purchase.given + credits }, operations };
}

function partAt({ period_start: start, paid_at: paidAt }: PurchaseRow, part: number): number {
  return monthsAfter(start ?? paidAt, part);
}

async function writeTotals({ db }: Tx, purchase: PurchaseRow): Promise<void> {
  const { id, parts, parts_given: partsGiven, given, taken, turns } = purchase;
  const nextPartAt = partsGiven < parts ? partAt(purchase, partsGiven) : null;
  await db.execute(sql`
    update stripe_purchases
    set parts_given = ${partsGiven}, given = ${given}, taken = ${taken}, turns = ${turns},
        next_part_at = to_timestamp(${nextPartAt}::float8)
    where id = ${id}`);
}

/** Parts that are due now, of subscriptions that have not ended before. At most `limit` purchases at a time. */
export async function giveDueParts(tx: Tx, limit: number): Promise<Submission[]> {
  const { rows } = await tx.db.execute<PurchaseRow & { ended: boolean; [column: string]: unknown }>(sql`
    select ${sql.raw(purchaseColumns)}, exists (
        select from stripe_subscriptions s where s.id = subscription_id and s.ended_at <= next_part_at) as ended
    from stripe_purchases where next_part_at <= now() order by next_part_at limit ${limit} for update`);
  const recorded: Submission[] = [];
  for (const row of rows) {
    if (row.ended) {
      await writeTotals(tx, { ...row, parts_given: row.parts });
      continue;
    }
    const totals = await totalsOf(tx, await paymentOf(tx, [row.paid_with]));
    const { purchase, operations } = givePart(row, entitlementOf(row, totals));
    await writeTotals(tx, purchase);
    recorded.push(...operations);
  }
  return recorded;
}

/** What was paid is known from the invoice or session; a charge knows it, too, and a dispute knows its own part. */
function entitlementOf({ credits, amount_paid: amountPaid }: PurchaseRow, totals: Totals): number {
  const paid = amountPaid ?? totals.paid;
  return entitledTo(credits, { ...totals, paid: paid > 0 ? paid : totals.refunded + totals.disputed });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
