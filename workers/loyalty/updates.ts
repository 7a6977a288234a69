import { SpanStatusCode, trace } from '@opentelemetry/api';
import { z } from 'zod';
import type { Waiting } from '../../db/lanes.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import type { Logger } from '../../shared/runtime/log.ts';

/*
 * What is told of every loyalty update (004-35…38): a line of the log, and a span `loyalty.update`, each with the
 * operation, the customer, the order and the points. A line begins with the id of the checkout that its caller was given.
 */

const tracer = trace.getTracer('counterfoil');

/** Points move with the sale; without a payment with the checkout itself; where they could not, on their own. */
const kinds = new Set(['checkout.settle', 'checkout.create', 'loyalty.apply']);

const update = z.object({
  orderId: z.guid(),
  customerId: z.guid(),
  vendorId: z.guid(),
  pointsEarned: z.int(),
  pointsRedeemed: z.int(),
});

type LoyaltyUpdate = z.infer<typeof update>;

/** An operation with what it has come to; null when it was rejected, or waits for something. */
export interface AppliedOperation {
  readonly operation: Waiting;
  readonly outcome: JsonObject | null;
}

/** Tells of those of the operations that have moved points. */
export function tellOfUpdates(log: Logger, applied: readonly AppliedOperation[]): void {
  for (const { operation, outcome } of applied) {
    if (!kinds.has(operation.kind) || outcome === null) continue;
    const told = updateOf(operation, outcome);
    if (told === null || told.pointsEarned + told.pointsRedeemed === 0) continue;
    const { pointsEarned: earned, pointsRedeemed: redeemed, orderId: requestId, ...about } = told;
    const netChange = earned - redeemed;
    log.info(
      { requestId, operationId: operation.id, orderId: requestId, ...about, earned, redeemed, netChange },
      `[${requestId}] loyalty updated: earned ${earned}, redeemed ${redeemed}, net change ${netChange}`,
    );
    const span = spanOf(operation, told);
    span.addEvent('points', { earned, redeemed, netChange });
    span.end();
  }
}

/** Tells that points could not be settled; `retryInMs` null: a person is asked. */
export function tellOfFailure(log: Logger, operation: Waiting, error: unknown, retryInMs: number | null): void {
  if (operation.kind !== 'loyalty.apply') return;
  const told = updateOf(operation, {});
  if (told === null) return;
  const { pointsEarned: earned, pointsRedeemed: redeemed, orderId: requestId, ...about } = told;
  const next = retryInMs === null ? 'logged to reconciliation queue' : `tried again in ${retryInMs} ms`;
  log.error(
    { err: error, requestId, operationId: operation.id, orderId: requestId, ...about, earned, redeemed },
    `[${requestId}] loyalty update failed; ${next}`,
  );
  const span = spanOf(operation, told);
  span.addEvent('points', { earned, redeemed });
  span.recordException(error instanceof Error ? error : String(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: next });
  span.end();
}

function updateOf({ id, payload }: Waiting, outcome: JsonObject): LoyaltyUpdate | null {
  // A checkout makes the order that carries its own id; all others name theirs.
  const said = update.safeParse({ orderId: id, ...Object(payload), ...outcome });
  return said.success ? said.data : null;
}

function spanOf({ id, kind }: Waiting, { customerId, orderId, vendorId }: LoyaltyUpdate) {
  const attributes = { operation: kind, operationId: id, customer: customerId, order: orderId, vendor: vendorId };
  return tracer.startSpan('loyalty.update', { attributes });
}
