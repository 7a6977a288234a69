import { z } from 'zod';
import type { OrderPayment } from '../../shared/stripe/facts.ts';
import type { Submission } from '../accept.ts';
import type { Tx } from '../client.ts';
import { paidStep, readOrderToPay, releaseStep } from '../orders/payments.ts';

const uuid = z.guid().toLowerCase();

/** What follows from what Stripe says about an order's payment; what is lacking for it. */
export async function settleOrder(
  { client }: Tx,
  { orderId, intent, outcome, amount, declineCode }: OrderPayment,
): Promise<{ readonly due: readonly Submission[]; readonly lacks: string | null }> {
  const id = uuid.safeParse(orderId);
  const order = id.success ? await readOrderToPay(client, id.data) : null;
  if (order === null) return { due: [], lacks: `order ${orderId} is not known` };
  if (outcome === 'declined') return { due: [releaseStep(order, 'declined', declineCode)], lacks: null };
  const { paymentIntentId: known } = order;
  if (known !== null && known !== intent) return { due: [], lacks: `the order belongs to payment ${known}` };
  // Amounts are ours: a payment of another one is for a person to look at.
  if (amount !== order.totalMinor) return { due: [], lacks: `it is of ${amount}, the order of ${order.totalMinor}` };
  return { due: [paidStep(order, intent)], lacks: null };
}
