import type { Uuid } from '../../shared/domain/ids.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import type { Submission } from '../accept.ts';
import { scheduled } from '../scheduled.ts';

/** A purchase, as far as its operations need it. Instants are epoch seconds. */
export interface PurchaseRow {
  readonly id: Uuid;
  readonly kind: 'period' | 'purchase' | 'proration';
  readonly user_id: Uuid;
  readonly subscription_id: string | null;
  readonly period_start: number | null;
  readonly description: string;
  readonly credits: number;
  readonly expires_after_days: number | null;
  readonly rollover_max: number | null;
  readonly parts: number;
  readonly parts_given: number;
  readonly given: number;
  readonly taken: number;
  readonly turns: number;
  readonly paid_with: string;
  readonly amount_paid: number | null;
  readonly paid_at: number;
}

/** The columns of `PurchaseRow`, amounts as numbers. */
export const purchaseColumns = `id, kind, user_id, subscription_id, extract(epoch from period_start)::float8 as period_start,
  description, credits::float8 as credits, expires_after_days, rollover_max::float8 as rollover_max, parts, parts_given, given::float8 as given,
  taken::float8 as taken, turns, paid_with, amount_paid::float8 as amount_paid,
  extract(epoch from paid_at)::float8 as paid_at`;

/** The operation that gives `credits` as part number `part` (from 0) of what was paid for at `at`, in epoch seconds. */
export function allocationOf(purchase: PurchaseRow, part: number, credits: number, at: number): Submission {
  const { id, user_id: userId, subscription_id: subscriptionId, period_start: start } = purchase;
  const days = purchase.expires_after_days;
  const payload: JsonObject = {
    userId,
    credits,
    type: purchase.kind === 'purchase' ? 'purchase' : 'subscription_allocation',
    purchaseId: id,
    part,
    description: purchase.description,
    ...(subscriptionId === null ? {} : { subscriptionId }),
    ...(start === null ? {} : { periodStart: instantOf(start) }),
    ...(days === null ? {} : { expiresAt: instantOf(at + days * daySeconds) }),
    ...rolloverOf(purchase),
  };
  return scheduled({ key: `${id}/${part}`, kind: 'subscription.allocate', lane: userId, payload });
}

/** The operation that takes `credits` back (or, when negative, gives them back), as the next turn of this purchase. */
export function correctionOf(purchase: PurchaseRow, credits: number, because: 'refund' | 'dispute'): Submission {
  const { id, user_id: userId } = purchase;
  const turn = purchase.turns + 1;
  const payload = { userId, credits: Math.abs(credits), purchaseId: id, turn, because };
  const kind = credits > 0 ? 'payment.clawback' : 'payment.give_back';
  return scheduled({ key: `${id}/${turn}`, kind, lane: userId, payload });
}

const daySeconds = 24 * 3_600;

function instantOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

/** What the credits of a subscription roll over with: monthly parts among themselves, as they were bought. */
function rolloverOf({ kind, subscription_id: subscription, parts, ...ends }: PurchaseRow): JsonObject {
  const { rollover_max: rolloverMax, expires_after_days: days } = ends;
  if (kind === 'purchase' || subscription === null || (rolloverMax === null && days === null)) return {};
  const pot = parts > 1 ? `${subscription}/monthly` : subscription;
  // The difference of a change in mid-period begins no period: it takes nothing away.
  return kind === 'proration' || rolloverMax === null ? { pot } : { pot, rolloverMax };
}
