import { sql } from 'drizzle-orm';
import type pg from 'pg';
import type { Uuid } from '../../shared/domain/ids.ts';
import { type Order, type OrderStatus, orderNumberOf } from '../../shared/domain/shop.ts';
import type { Submission } from '../accept.ts';
import { notifyChanged } from '../announce.ts';
import { withTransaction } from '../client.ts';
import { scheduled } from '../scheduled.ts';
import { type Queryable, statement } from '../statement.ts';

/*
 * What the outside says about an order's money becomes operations in its customer's lane, each under an id that is made
 * of the order: whoever hears it first, Stripe's answer or its webhook, records it, and whoever hears it then changes
 * nothing.
 */

/** An order as far as its payment is concerned. */
export interface OrderToPay {
  readonly id: Uuid;
  readonly orderNumber: string;
  readonly customerId: Uuid;
  readonly status: OrderStatus;
  readonly totalMinor: number;
  readonly currency: string;
  readonly paymentMethod: string;
  readonly paymentIntentId: string | null;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly reservedUntil: number | null;
}

interface OrderRow {
  readonly id: Uuid;
  readonly customer_id: Uuid;
  readonly status: OrderStatus;
  readonly total_minor: string;
  readonly currency: string;
  readonly payment_method: string;
  readonly payment_intent_id: string | null;
  readonly created_ms: number;
  readonly reserved_ms: number | null;
}

const selectOrders = statement<OrderRow>(
  'read_orders_to_pay',
  `select id, customer_id, status, total_minor, currency, payment_method, payment_intent_id,
          (extract(epoch from created_at) * 1000)::float8 as created_ms,
          (extract(epoch from reserved_until) * 1000)::float8 as reserved_ms
   from orders where id = any($1::uuid[])`,
);

export async function readOrderToPay(on: Queryable, id: Uuid): Promise<OrderToPay | null> {
  return (await readOrdersToPay(on, [id]))[0] ?? null;
}

/** In the order asked; null: no such order. */
export async function readOrdersToPay(on: Queryable, ids: readonly Uuid[]): Promise<(OrderToPay | null)[]> {
  const { rows } = await selectOrders(on, [ids]);
  const found = new Map(rows.map((row) => [row.id, orderOf(row)]));
  return ids.map((id) => found.get(id) ?? null);
}

function orderOf(row: OrderRow): OrderToPay {
  return {
    id: row.id,
    orderNumber: orderNumberOf(row.id),
    customerId: row.customer_id,
    status: row.status,
    totalMinor: Number(row.total_minor),
    currency: row.currency,
    paymentMethod: row.payment_method,
    paymentIntentId: row.payment_intent_id,
    createdAt: row.created_ms,
    reservedUntil: row.reserved_ms,
  };
}

/** The card was charged: the sale is settled. */
export function paidStep({ id: orderId, customerId }: OrderToPay, paymentIntentId: string): Submission {
  const payload = { orderId, customerId, paymentIntentId };
  return scheduled({ key: orderId, kind: 'checkout.settle', lane: customerId, payload });
}

/** The points of a paid order are settled apart from its sale, so that they can fail on their own. */
export function pointsStep({ id: orderId, customerId, vendorId, pointsEarned, pointsRedeemed }: Order): Submission {
  const payload = { orderId, customerId, vendorId, pointsEarned, pointsRedeemed };
  return scheduled({ key: orderId, kind: 'loyalty.apply', lane: customerId, payload });
}

export type ReleaseReason = 'declined' | 'expired' | 'closed';

/**
 * It will not be paid; `declineCode` says why, as Stripe says it.
 *
 * @param turn which of several times it is: when its time was over, or what a person has closed
 */
export function releaseStep(
  { id: orderId, customerId }: Pick<OrderToPay, 'id' | 'customerId'>,
  reason: ReleaseReason,
  declineCode: string,
  turn: number | string = 0,
): Submission {
  const payload = { orderId, customerId, reason, declineCode };
  return scheduled({ key: `${orderId}/${reason}/${turn}`, kind: 'checkout.release', lane: customerId, payload });
}

/** A refund's money has gone back; or, `refused`, cannot. */
export function refundStep(
  { id: orderId, customerId }: Pick<OrderToPay, 'id' | 'customerId'>,
  refundId: Uuid,
  refused: string | null,
): Submission {
  const payload = { orderId, customerId, refundId, refused };
  return scheduled({ key: refundId, kind: 'refund.settle', lane: customerId, payload });
}

/**
 * So much has gone back of an order's charge, in all refunds together, and perhaps not at our request.
 *
 * @param since what has changed meanwhile, should the same have been told before: a refund of ours that was refused
 */
export function recordStep(
  { id: orderId, customerId }: Pick<OrderToPay, 'id' | 'customerId'>,
  { charge, refundedMinor }: { readonly charge: string; readonly refundedMinor: number },
  since: Uuid | '' = '',
): Submission {
  const payload = { orderId, customerId, charge, refundedMinor };
  return scheduled({ key: `${charge}/${refundedMinor}/${since}`, kind: 'refund.record', lane: customerId, payload });
}

/** The customer has to act, or Stripe takes its time: what they need for it is shown with the operation. */
export function noteIntent(pool: pg.Pool, orderId: Uuid, intentId: string, clientSecret: string | null): Promise<void> {
  return withTransaction(pool, async (tx) => {
    await tx.db.execute(sql`update orders set payment_intent_id = ${intentId} where id = ${orderId}`);
    await tx.db.execute(sql`
      update operations
      set progress = progress || jsonb_build_object('paymentIntentId', ${intentId}::text, 'clientSecret', ${clientSecret}::text)
      where id = ${orderId} and status = 'processing'`);
    await notifyChanged(tx.client, [orderId]);
  });
}
