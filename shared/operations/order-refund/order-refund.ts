import { z } from 'zod';
import { amountMax, id } from '../../contract/wire.ts';
import { applied, awaiting, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { isRefundable, type Order, type OrderRefund, refundableOf } from '../../domain/shop.ts';
import { lookup, type State } from '../../domain/state.ts';
import { checkoutItems } from '../checkout-create/checkout-create.ts';
import { type Command, defineOperation } from '../define.ts';
import { refundEffects, refundOutcome } from '../refund-steps.ts';

const payload = z.strictObject({
  orderId: id,
  amountMinor: z
    .int()
    .positive()
    .max(amountMax)
    .optional()
    .meta({ description: 'Minor units; absent: all that has not been refunded.' }),
  returnItems: checkoutItems
    .optional()
    .meta({ description: 'What goes back into stock; absent: nothing. At most what was sold and has not come back.' }),
});

const outcome = z.object({
  orderId: z.guid(),
  refundedMinor: z.int().min(0).meta({ description: 'By this operation.' }),
  pointsReturned: z.int().min(0).meta({ description: 'Redeemed points that came back.' }),
  pointsReversed: z.int().min(0).meta({ description: 'Earned points that were taken back, owed or not.' }),
});

export type OrderRefundCommand = Command<z.infer<typeof payload>>;

export function footprint({ payload: { orderId } }: OrderRefundCommand): Footprint {
  return { orders: [orderId] };
}

export function decide(state: State, command: OrderRefundCommand): Decision {
  const { id: refundId, payload: wanted } = command;
  const order = lookup(state.orders, wanted.orderId);
  if (order === null || !mayRefund(state, order, command))
    return rejected('order_not_found', 'There is no such order.');
  const known = order.refunds.find((refund) => refund.id === refundId);
  if (known !== undefined) return again(order, known);
  const { status } = order;
  if (!isRefundable(order)) return notRefundable(`The order is ${status}.`, { status });
  if (order.loyalty === 'due') {
    return notRefundable('The points of the order have not been settled yet.', { loyalty: 'due' });
  }
  const refundable = refundableOf(order);
  const amountMinor = wanted.amountMinor ?? refundable;
  if (amountMinor > refundable || (refundable === 0 && order.totalMinor > 0)) {
    return notRefundable(`At most ${refundable} can be refunded.`, { refundable, requested: amountMinor });
  }
  const returns = wanted.returnItems ?? [];
  const excess = returns.find(({ productId, quantity }) => quantity > returnableOf(order, productId));
  if (excess !== undefined) {
    const returnable = returnableOf(order, excess.productId);
    return notRefundable('More would come back than was sold.', { productId: excess.productId, returnable });
  }

  // Past this line the refund stands, unless Stripe refuses it.
  const pending: OrderRefund = {
    id: refundId,
    amountMinor,
    status: 'pending',
    returns,
    pointsReturned: 0,
    pointsReversed: 0,
  };
  const asked = { type: 'refund-asked', orderId: order.id, refund: pending } as const;
  if (amountMinor === 0) {
    const { effects, done } = refundEffects(state, order, pending);
    return applied(refundOutcome(order, done), [asked, ...effects]);
  }
  const { paymentIntentId } = order;
  const data = { orderId: order.id, paymentIntentId, amountMinor };
  return awaiting({ orderId: order.id, refundedMinor: amountMinor }, [
    asked,
    { type: 'payment-wanted', step: 'payment.refund', subjectId: refundId, data },
  ]);
}

/** A re-run of one that waits for a person: it is asked for once more, under the same key. */
function again(order: Order, refund: OrderRefund): Decision {
  const { amountMinor, status } = refund;
  if (status === 'done') return applied(refundOutcome(order, refund), []);
  if (status === 'failed') return notRefundable('The payment service has refused it.', {});
  const data = { orderId: order.id, paymentIntentId: order.paymentIntentId, amountMinor };
  return awaiting({ orderId: order.id, refundedMinor: amountMinor }, [
    { type: 'payment-wanted', step: 'payment.refund', subjectId: refund.id, data },
  ]);
}

function mayRefund(state: State, { vendorId }: Order, { caller }: OrderRefundCommand): boolean {
  const isOwner = lookup(state.vendors, vendorId)?.ownerId === caller.id && caller.roles.includes('vendor');
  return isOwner || caller.roles.includes('ops') || caller.roles.includes('admin');
}

/** What another refund on its way brings back cannot come back twice. */
function returnableOf({ items, refunds }: Order, productId: string): number {
  const item = items.find((one) => one.productId === productId);
  const pending = refunds.filter(({ status }) => status === 'pending').flatMap(({ returns }) => returns);
  const coming = pending.reduce((sum, one) => (one.productId === productId ? sum + one.quantity : sum), 0);
  return item === undefined ? 0 : item.quantity - item.returned - coming;
}

function notRefundable(message: string, details: Parameters<typeof rejected>[2]): Decision {
  return rejected('not_refundable', message, details);
}

export const orderRefund = defineOperation({
  kind: 'order.refund',
  queue: 'refund',
  path: '/v1/orders/:orderId/refund',
  summary: 'Refund an order, in part or in full',
  description:
    'By its vendor, or `ops`. The money goes back first; with it go the points that were redeemed, and those that were ' +
    'earned are taken back, both by the share that is refunded. What a customer has spent of them they owe.',
  payload,
  outcome,
  rejections: ['order_not_found', 'not_refundable'],
  allowed: ['vendor', 'ops'],
  laneOf: (_caller, { orderId }) => orderId,
  laneIsOf: 'operation',
  footprint,
  decide,
});
