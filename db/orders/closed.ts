import type { Uuid } from '../../shared/domain/ids.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import type { Submission } from '../accept.ts';
import type { Tx } from '../client.ts';
import { acceptScheduled } from '../schedules.ts';
import { readOrderToPay, refundStep, releaseStep } from './payments.ts';

/** An operation that a person closes without having it applied. */
export interface Closed {
  readonly id: Uuid;
  readonly kind: string;
  readonly payload: JsonObject;
}

/** Gives up what an operation has kept that a person closes: stock and points, or the money that was to go back. */
export async function giveUpWhatIsKept(tx: Tx, { id, kind, payload }: Closed): Promise<readonly Submission[]> {
  const orderId = kind === 'checkout.create' ? id : payload.orderId;
  if (!['checkout.create', 'loyalty.apply', 'order.refund'].includes(kind) || typeof orderId !== 'string') return [];
  const order = await readOrderToPay(tx.client, orderId);
  if (order === null) return [];
  const step =
    kind === 'order.refund'
      ? refundStep(order, id, 'closed by a person')
      : releaseStep(order, 'closed', 'closed', kind);
  return acceptScheduled(tx, [step]);
}
