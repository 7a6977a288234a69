import { z } from 'zod';
import { amountMax, id } from '../../contract/wire.ts';
import { applied, type Decision, type Deferred, deferred } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { capturePoints, orderOutcome } from '../order-steps.ts';

/** With what a person needs to know who looks at it when it has failed (004-03). */
const payload = z.strictObject({
  orderId: id,
  customerId: id,
  vendorId: id,
  pointsEarned: z.int().min(0).max(amountMax),
  pointsRedeemed: z.int().min(0).max(amountMax),
});

const outcome = z.object({
  orderId: z.guid(),
  pointsEarned: z.int().min(0),
  pointsRedeemed: z.int().min(0),
  pointsBalance: z.int().min(0),
});

export type LoyaltyApply = Command<z.infer<typeof payload>>;

export function footprint({ payload: { orderId, vendorId } }: LoyaltyApply): Footprint {
  return { orders: [orderId], vendors: [vendorId] };
}

/** The points of a paid order that did not move with its sale, once: redeemed ones leave, earned ones come (004-01). */
export function decide(state: State, { payload: { orderId, vendorId } }: LoyaltyApply): Decision | Deferred {
  const order = lookup(state.orders, orderId);
  // Releases before this one recorded it beside its sale, which may wait for a person.
  if (order?.status === 'awaiting_payment') return deferred('the sale is not settled yet');
  if (order === null || order.loyalty !== 'due') {
    return applied({ orderId, pointsEarned: 0, pointsRedeemed: 0, pointsBalance: 0 }, []);
  }
  if (lookup(state.vendors, vendorId)?.loyalty.enabled !== true) return deferred('loyalty is switched off');

  const { effects, balance } = capturePoints(state, order);
  const { pointsEarned, pointsRedeemed } = order;
  return applied({ orderId, pointsEarned, pointsRedeemed, pointsBalance: balance }, [
    ...effects,
    { type: 'order-changed', orderId, change: { loyalty: 'settled' } },
    {
      type: 'operation-finished',
      operationId: orderId,
      result: { status: 'succeeded', outcome: orderOutcome(order, balance) },
    },
  ]);
}

/** Recorded when a sale is settled without its points: nobody asks for it. Its failure leaves the sale as it is. */
export const loyaltyApply = defineOperation({
  kind: 'loyalty.apply',
  queue: 'loyalty',
  path: null,
  summary: 'Settle the points of a paid order',
  description: 'Takes what was redeemed, gives what was earned.',
  payload,
  outcome,
  rejections: [],
  laneOf: (_caller, { customerId }) => customerId,
  footprint,
  decide,
});
