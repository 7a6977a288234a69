import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Effect } from '../../domain/effects.ts';
import type { Footprint } from '../../domain/footprint.ts';
import type { Order, OrderRefund } from '../../domain/shop.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { refundEffects, refundOutcome } from '../refund-steps.ts';

const payload = z.strictObject({
  orderId: id,
  customerId: id,
  refundId: id,
  refused: z.string().max(2_000).nullable().meta({ description: 'Why the money cannot go back; null: it has.' }),
});

const outcome = z.object({ orderId: z.guid(), refundId: z.guid(), settled: z.boolean() });

export type RefundSettle = Command<z.infer<typeof payload>>;

export function footprint({ payload: { orderId } }: RefundSettle): Footprint {
  return { orders: [orderId] };
}

export function decide(state: State, { payload: { orderId, refundId, refused } }: RefundSettle): Decision {
  const order = lookup(state.orders, orderId);
  const refund = order?.refunds.find(({ id: known }) => known === refundId);
  if (order === null || refund?.status !== 'pending') return applied({ orderId, refundId, settled: false }, []);
  const effects = refused === null ? gone(state, order, refund) : kept(order, refund, refused);
  return applied({ orderId, refundId, settled: true }, effects);
}

/** The money has gone back. */
function gone(state: State, order: Order, refund: OrderRefund): Effect[] {
  const { effects, done } = refundEffects(state, order, refund);
  return [
    ...effects,
    {
      type: 'operation-finished',
      operationId: refund.id,
      result: { status: 'succeeded', outcome: refundOutcome(order, done) },
    },
  ];
}

/** It cannot go back: the order stays as it was. */
function kept({ id: orderId }: Order, refund: OrderRefund, reason: string): Effect[] {
  const message = `The payment service has refused it: ${reason}`;
  return [
    { type: 'refund-ended', orderId, refund: { ...refund, status: 'failed' } },
    {
      type: 'operation-finished',
      operationId: refund.id,
      result: { status: 'rejected', rejection: { code: 'not_refundable', message, details: { reason } } },
    },
  ];
}

/** Recorded when Stripe has answered: nobody asks for it. */
export const refundSettle = defineOperation({
  kind: 'refund.settle',
  queue: 'refund',
  path: null,
  summary: 'Settle a refund',
  description: 'Moves the points of what has gone back; or ends a refund that was refused.',
  payload,
  outcome,
  rejections: [],
  laneOf: (_caller, { customerId }) => customerId,
  footprint,
  decide,
});
