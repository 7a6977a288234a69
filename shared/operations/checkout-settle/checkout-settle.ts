import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Effect } from '../../domain/effects.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { balanceOf } from '../../domain/ledger.ts';
import { pointsAvailableIn } from '../../domain/points.ts';
import { type Order, pointsOf } from '../../domain/shop.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { canKeep, keep, lostPieces, release } from '../keeping-stock.ts';
import {
  capturePoints,
  earnedWhenPaid,
  holdPoints,
  orderOutcome,
  paymentFailed,
  releasePoints,
  type SettledPoints,
} from '../order-steps.ts';

const payload = z.strictObject({
  orderId: id,
  customerId: id,
  paymentIntentId: z.string().max(255),
});

const outcome = z.object({
  orderId: z.guid(),
  settled: z.enum(['paid', 'refunded', 'already']).meta({ description: '`refunded`: it was paid too late.' }),
  points: z
    .enum(['none', 'settled', 'due'])
    .optional()
    .meta({ description: 'Of what was paid. `due`: `loyalty.apply` settles them.' }),
  vendorId: z.guid().optional(),
  pointsEarned: z.int().min(0).optional(),
  pointsRedeemed: z.int().min(0).optional(),
});

export type CheckoutSettle = Command<z.infer<typeof payload>>;

export function footprint({ payload: { orderId } }: CheckoutSettle): Footprint {
  return { orders: [orderId] };
}

/**
 * The card was charged. What was kept for the order is sold, and its points move with it; what was released meanwhile,
 * because it took too long, is kept again if it still can be, and the money goes back if not.
 */
export function decide(state: State, command: CheckoutSettle): Decision {
  const { orderId, paymentIntentId } = command.payload;
  const order = lookup(state.orders, orderId);
  if (order === null || (order.status !== 'awaiting_payment' && order.status !== 'payment_failed')) {
    return applied({ orderId, settled: 'already' }, []);
  }

  const lost = lostPieces(order);
  const needsPoints = order.pointsRedeemed > 0 && order.hold !== 'live';
  const canHold = !needsPoints || pointsAvailableIn(state, pointsOf(order)) >= order.pointsRedeemed;
  if (!canKeep(state, lost) || !canHold) return tooLate(state, order, paymentIntentId);

  const { lots, effects: held } = needsPoints ? holdPoints(state, order) : { lots: order.lots, effects: [] };
  const pointsEarned = earnedWhenPaid(state, order);
  const paid: Order = { ...order, status: 'paid', pointsEarned };
  const points = mayMovePoints(state, paid, command) ? capturePoints(state, paid) : pointsLeft(state, paid);
  const { loyalty, balance } = points;
  const told = orderOutcome(paid, balance);
  const { vendorId, pointsRedeemed } = order;
  const moved = loyalty === 'settled' ? { vendorId, pointsEarned, pointsRedeemed } : {};
  return applied({ orderId, settled: 'paid', points: loyalty, ...moved }, [
    ...lost.flatMap((pieces) => keep(state, orderId, pieces)),
    ...order.items.map(
      ({ productId, quantity }): Effect => ({ type: 'stock-moved', move: 'sold', orderId, productId, quantity }),
    ),
    ...held,
    ...points.effects,
    {
      type: 'order-changed',
      orderId,
      change: { status: 'paid', paidAt: state.at, loyalty, pointsEarned, paymentIntentId, reservedUntil: null, lots },
    },
    {
      type: 'operation-finished',
      operationId: orderId,
      // With points due it ends with those; should they fail, this is what it has come to (004-18).
      result: loyalty === 'due' ? { status: 'processing', progress: told } : { status: 'succeeded', outcome: told },
    },
  ]);
}

/**
 * Whether the points move with the sale. Not when that has failed, so that they cannot keep a sale from being settled
 * (004-18); nor while loyalty is switched off (004-39), nor when they have to be set aside once more first.
 */
function mayMovePoints({ vendors }: State, { vendorId, pointsRedeemed, hold }: Order, { isReduced }: CheckoutSettle) {
  const isEnabled = lookup(vendors, vendorId)?.loyalty.enabled === true;
  return !isReduced && isEnabled && (pointsRedeemed === 0 || hold === 'live');
}

/** What has not moved with the sale is settled by an operation of its own, which is recorded with the change. */
function pointsLeft(state: State, order: Order): SettledPoints {
  const loyalty = order.pointsRedeemed + order.pointsEarned > 0 ? 'due' : 'none';
  return { effects: [], loyalty, balance: balanceOf(state, pointsOf(order)) };
}

function tooLate(state: State, order: Order, paymentIntentId: string): Decision {
  const { id: orderId, totalMinor: amountMinor } = order;
  const back = { orderId, paymentIntentId, amountMinor };
  return applied({ orderId, settled: 'refunded' }, [
    ...release(order),
    ...releasePoints(state, order),
    { type: 'order-changed', orderId, change: { status: 'payment_failed', paymentIntentId, reservedUntil: null } },
    { type: 'payment-wanted', step: 'payment.refund', subjectId: orderId, data: back },
    {
      type: 'operation-finished',
      operationId: orderId,
      result: { status: 'rejected', rejection: paymentFailed('expired') },
    },
  ]);
}

/** Recorded when Stripe says that an order was paid, in whatever way: nobody asks for it. */
export const checkoutSettle = defineOperation({
  kind: 'checkout.settle',
  queue: 'loyalty',
  path: null,
  summary: 'Settle a checkout that was paid',
  description: 'Sells what was kept for the order, and moves its points.',
  payload,
  outcome,
  rejections: [],
  canBeReduced: true,
  laneOf: (_caller, { customerId }) => customerId,
  footprint,
  decide,
});
