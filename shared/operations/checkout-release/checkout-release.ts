import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Effect } from '../../domain/effects.ts';
import type { Footprint } from '../../domain/footprint.ts';
import type { Order } from '../../domain/shop.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { release } from '../keeping-stock.ts';
import { paymentFailed, releasePoints } from '../order-steps.ts';

const payload = z.strictObject({
  orderId: id,
  customerId: id,
  reason: z
    .enum(['declined', 'expired', 'closed'])
    .meta({ description: '`closed`: a person has closed what could not be settled.' }),
  declineCode: z.string().max(255),
});

const outcome = z.object({ orderId: z.guid(), released: z.boolean() });

export type CheckoutRelease = Command<z.infer<typeof payload>>;

export function footprint({ payload: { orderId } }: CheckoutRelease): Footprint {
  return { orders: [orderId] };
}

/** Gives up what was kept for an order that is not paid; of one that is paid, a person may give up the points. */
export function decide(state: State, { payload: { orderId, reason, declineCode } }: CheckoutRelease): Decision {
  const order = lookup(state.orders, orderId);
  if (order?.status === 'awaiting_payment' && !isTooEarly(state, order, reason))
    return giveUp(state, order, { reason, declineCode });
  if (order?.loyalty === 'due' && reason === 'closed') {
    return applied({ orderId, released: true }, [
      ...releasePoints(state, order),
      { type: 'order-changed', orderId, change: { loyalty: 'dropped', pointsEarned: 0 } },
    ]);
  }
  return applied({ orderId, released: false }, []);
}

/** Somebody has asked for its payment once more since it was found to be out of time. */
function isTooEarly({ at }: State, { reservedUntil }: Order, reason: string): boolean {
  return reason === 'expired' && (reservedUntil === null || reservedUntil > at);
}

function giveUp(
  state: State,
  order: Order,
  { reason, declineCode }: Pick<CheckoutRelease['payload'], 'reason' | 'declineCode'>,
): Decision {
  const { id: orderId } = order;
  // What a customer has not confirmed in time must not be confirmed later.
  const cancelled: Effect[] =
    reason === 'declined' ? [] : [{ type: 'payment-wanted', step: 'payment.cancel', subjectId: orderId, data: {} }];
  return applied({ orderId, released: true }, [
    ...release(order),
    ...releasePoints(state, order),
    { type: 'order-changed', orderId, change: { status: 'payment_failed', reservedUntil: null } },
    ...cancelled,
    {
      type: 'operation-finished',
      operationId: orderId,
      result: { status: 'rejected', rejection: paymentFailed(declineCode) },
    },
  ]);
}

/** Recorded when a payment was declined, or its time is over: nobody asks for it. */
export const checkoutRelease = defineOperation({
  kind: 'checkout.release',
  queue: 'loyalty',
  path: null,
  summary: 'Release a checkout that was not paid',
  description: 'Gives up the stock and the points that were kept for it.',
  payload,
  outcome,
  rejections: [],
  laneOf: (_caller, { customerId }) => customerId,
  footprint,
  decide,
});
