import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type {
  Facts,
  OrderDisputed,
  OrderMoney,
  OrderPayment,
  OrderRefunded,
  OrderRefundFailed,
} from '../../shared/stripe/facts.ts';
import type { Submission } from '../accept.ts';
import type { Tx } from '../client.ts';
import { type OrderToPay, paidStep, readOrderToPay, recordStep, releaseStep } from '../orders/payments.ts';

const uuid = z.guid().toLowerCase();

/** What follows, and what is lacking for it, or for a person to look at. */
interface Following {
  readonly due: readonly Submission[];
  readonly lacks: string | null;
}

const nothing: Following = { due: [], lacks: null };

/**
 * What an event says about the money of an order that it does not name: refunds that were made in the dashboard do not,
 * and disputes never do.
 *
 * @param related all that is known to belong to the same payment
 */
export function orderMoneyIn(
  { charge, failedRefund, dispute, payment }: Pick<Facts, 'charge' | 'failedRefund' | 'dispute' | 'payment'>,
  related: readonly string[],
): OrderMoney | null {
  const orderId = related.find((one) => uuid.safeParse(one).success);
  if (orderId === undefined) return null;
  if (charge !== null) {
    const { id, refunded: refundedMinor } = charge;
    const intent = payment.find((one) => one.startsWith('pi_')) ?? null;
    return { orderId, outcome: 'refunded', charge: id, intent, refundedMinor };
  }
  if (dispute !== null) return { orderId, outcome: 'disputed', dispute: dispute.id, amount: dispute.amount };
  if (failedRefund === null) return null;
  const { id: refund, amount } = failedRefund;
  return { orderId, outcome: 'refund_failed', refund, amount, refundId: null };
}

/** What follows from what Stripe says about an order's money. */
export async function settleOrder(tx: Tx, told: OrderMoney): Promise<Following> {
  const id = uuid.safeParse(told.orderId);
  const order = id.success ? await readOrderToPay(tx.client, id.data) : null;
  if (order === null) return lacking(`order ${told.orderId} is not known`);
  switch (told.outcome) {
    case 'paid':
    case 'declined':
      return ofPayment(order, told);
    case 'refunded':
      return ofRefunds(tx, order, told);
    case 'refund_failed':
      return ofFailedRefund(tx, order, told);
    case 'disputed':
      return ofDispute(tx, order, told);
  }
}

function ofPayment(order: OrderToPay, { intent, outcome, amount, declineCode }: OrderPayment): Following {
  if (outcome === 'declined') return { due: [releaseStep(order, 'declined', declineCode)], lacks: null };
  const { paymentIntentId: known } = order;
  if (known !== null && known !== intent) return lacking(`the order belongs to payment ${known}`);
  // Amounts are ours: a payment of another one is for a person to look at.
  if (amount !== order.totalMinor) return lacking(`it is of ${amount}, the order of ${order.totalMinor}`);
  return { due: [paidStep(order, intent)], lacks: null };
}

/** Ours are written before Stripe is asked for them: what is more, somebody has sent back in Stripe's dashboard. */
async function ofRefunds({ db }: Tx, order: OrderToPay, told: OrderRefunded): Promise<Following> {
  const { charge, intent, refundedMinor } = told;
  if (order.status === 'awaiting_payment') return lacking('the order is not known to be paid yet');
  // What was paid too late goes back as a whole.
  if (order.status === 'payment_failed') return nothing;
  // What was paid for it a second time is not what it was paid with.
  if (intent !== null && intent !== order.paymentIntentId) return nothing;
  const { rows } = await db.execute<{ known: number }>(sql`
    select coalesce(sum(amount_minor), 0)::float8 as known from order_refunds
    where order_id = ${order.id} and status <> 'failed'`);
  const [{ known } = { known: 0 }] = rows;
  return refundedMinor > known ? { due: [recordStep(order, { charge, refundedMinor })], lacks: null } : nothing;
}

/** One that Stripe had accepted: points have moved with it, and the customer does not have the money. */
async function ofFailedRefund({ db }: Tx, order: OrderToPay, failed: OrderRefundFailed): Promise<Following> {
  const { refund, refundId, amount } = failed;
  const id = uuid.safeParse(refundId);
  if (id.success) {
    const { rows } = await db.execute<{ status: string }>(sql`
      select status from order_refunds where id = ${id.data} and order_id = ${order.id}`);
    // Refused at once: it has changed nothing, and whoever asked for it has been told.
    if (rows[0]?.status === 'failed') return nothing;
  }
  return lacking(
    `refund ${refund} of ${amount} of order ${order.orderNumber} has failed, the customer does not have it`,
  );
}

/** Decided between the customer, Stripe and a person; one that is won leaves everything as it was. */
async function ofDispute({ db }: Tx, { orderNumber }: OrderToPay, told: OrderDisputed): Promise<Following> {
  const { dispute, amount } = told;
  const { rows } = await db.execute<{ outcome: string | null }>(sql`
    select outcome from stripe_disputes where id = ${dispute}`);
  return rows[0]?.outcome === 'won' ? nothing : lacking(`${amount} of order ${orderNumber} is disputed`);
}

function lacking(what: string): Following {
  return { due: [], lacks: what };
}
