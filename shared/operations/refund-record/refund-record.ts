import { z } from 'zod';
import { amountMax, id } from '../../contract/wire.ts';
import { applied, type Decision, type Deferred, deferred, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { isRefundable, type OrderRefund, refundableOf } from '../../domain/shop.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { refundEffects, refundOutcome } from '../refund-steps.ts';

const payload = z.strictObject({
  orderId: id,
  customerId: id,
  charge: z.string().max(255).meta({ description: "Stripe's id of what was charged for the order." }),
  refundedMinor: z
    .int()
    .min(0)
    .max(amountMax)
    .meta({ description: 'Minor units: what has gone back of the charge so far, in all its refunds together.' }),
});

const outcome = z.object({
  orderId: z.guid(),
  refundedMinor: z.int().min(0).meta({ description: 'By this operation.' }),
  pointsReturned: z.int().min(0),
  pointsReversed: z.int().min(0),
});

export type RefundRecord = Command<z.infer<typeof payload>>;

export function footprint({ payload: { orderId } }: RefundRecord): Footprint {
  return { orders: [orderId] };
}

/**
 * Takes over what has gone back of an order without us. Stripe says totals, and what is on its way at our request is in
 * them or will be: the difference is a refund that somebody else has made, however often and in which order it is told.
 */
export function decide(state: State, { id: refundId, payload }: RefundRecord): Decision | Deferred {
  const { orderId, refundedMinor } = payload;
  const order = lookup(state.orders, orderId);
  if (order === null) return rejected('order_not_found', 'There is no such order.');
  const { status, totalMinor } = order;
  if (!isRefundable(order)) return rejected('not_refundable', `The order is ${status}.`, { status });
  const known = totalMinor - refundableOf(order);
  const amountMinor = Math.min(refundedMinor, totalMinor) - known;
  if (amountMinor <= 0) return rejected('not_refundable', 'All of it is known.', { known });
  if (order.loyalty === 'due') return deferred('the points of the order have not been settled yet');

  const none = { returns: [], pointsReturned: 0, pointsReversed: 0 };
  const made: OrderRefund = { id: refundId, amountMinor, status: 'pending', ...none };
  const { effects, done } = refundEffects(state, order, made);
  return applied(refundOutcome(order, done), [{ type: 'refund-asked', orderId, refund: made }, ...effects]);
}

/** Recorded when Stripe tells of a refund that is not ours: one made in its dashboard. */
export const refundRecord = defineOperation({
  kind: 'refund.record',
  queue: 'refund',
  path: null,
  summary: 'Record a refund that was made at Stripe',
  description: 'Moves the points of what has gone back without anybody asking us; nothing goes back into stock.',
  payload,
  outcome,
  rejections: ['order_not_found', 'not_refundable'],
  laneOf: (_caller, { customerId }) => customerId,
  footprint,
  decide,
});
