import type { Effect } from '../domain/effects.ts';
import { scheduledIdOf } from '../domain/ids.ts';
import type { JsonObject } from '../domain/json.ts';
import { withoutLast } from '../domain/lots.ts';
import { shareOf } from '../domain/loyalty.ts';
import { giveBack, reverse } from '../domain/points.ts';
import type { Order, OrderRefund } from '../domain/shop.ts';
import type { State } from '../domain/state.ts';

/** What moves when a refund's money has gone back. */
export interface Refunded {
  readonly effects: readonly Effect[];
  readonly done: OrderRefund;
}

/** Points move by the share that is refunded; what is returned goes back into stock. */
export function refundEffects(state: State, order: Order, refund: OrderRefund): Refunded {
  const { id: orderId } = order;
  const { amountMinor, returns } = refund;
  const isSettled = order.loyalty === 'settled';
  const { returned, reversed } = isSettled ? shareOf(order, amountMinor) : { returned: 0, reversed: 0 };
  const before = order.refunds.reduce((sum, { pointsReturned }) => sum + pointsReturned, 0);
  // With the sale, or after it; of an order that left nothing to pay the checkout itself has given them.
  const earnedBy = [scheduledIdOf('checkout.settle', orderId), scheduledIdOf('loyalty.apply', orderId), orderId];
  const { effects: takenBack, owed } = reverse(state, order, reversed, earnedBy);
  // Second, so that nobody owes while they have what comes back.
  const { effects: given, back } = giveBack(state, order, { amount: returned, before, owed });
  const refundedMinor = order.refundedMinor + amountMinor;
  const done: OrderRefund = { ...refund, status: 'done', pointsReturned: returned, pointsReversed: reversed };
  return {
    done,
    effects: [
      ...takenBack,
      ...given,
      ...returns.map(
        ({ productId, quantity }): Effect => ({ type: 'stock-moved', move: 'returned', orderId, productId, quantity }),
      ),
      { type: 'refund-ended', orderId, refund: done },
      {
        type: 'order-changed',
        orderId,
        change: {
          refundedMinor,
          status: refundedMinor === order.totalMinor ? 'refunded' : 'partially_refunded',
          lots: withoutLast(order.lots, back),
        },
      },
    ],
  };
}

export function refundOutcome({ id: orderId }: Order, refund: OrderRefund): JsonObject {
  const { amountMinor: refundedMinor, pointsReturned, pointsReversed } = refund;
  return { orderId, refundedMinor, pointsReturned, pointsReversed };
}
