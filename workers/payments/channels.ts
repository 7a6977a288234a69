import type pg from 'pg';
import Stripe from 'stripe';
import { z } from 'zod';
import type { Submission } from '../../db/accept.ts';
import { askAPerson } from '../../db/orders/ask-a-person.ts';
import {
  noteIntent,
  type OrderToPay,
  paidStep,
  readOrdersToPay,
  recordStep,
  refundStep,
  releaseStep,
} from '../../db/orders/payments.ts';
import type { OutboxRow } from '../../db/outbox.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Channel, Delivered } from '../outbox/deliverer.ts';
import { together } from '../outbox/together.ts';
import type { RetryPolicy } from '../retry-policy.ts';
import { charge, findIntent, type Payment } from './intents.ts';
import { goneBackOf, refund } from './refunds.ts';

export interface PaymentOptions {
  readonly pool: pg.Pool;
  readonly stripe: Stripe;
  /** Customers wait for it: a person is asked as soon as with operations. */
  readonly retry: RetryPolicy;
}

/** Before Stripe is asked again that has had too many questions. */
const tooManyPauseMs = 1_000;

/** As long as one attempt may take: what begins later could end after the order's time. */
const marginMs = 30_000;

/**
 * Stripe takes some tenths of a second for a charge, and about a hundred of them in a second; when it wants fewer, it
 * says so.
 */
const chargesAtOnce = 64;

/** Steps about orders' money (design.md §2.12). What Stripe answers becomes an operation. */
export function paymentChannels({ pool, stripe, retry }: PaymentOptions): Channel[] {
  const readOrder = together((ids: readonly Uuid[]) => readOrdersToPay(pool, ids));
  const orderOf = async ({ subject_id: id }: OutboxRow) => (id === null ? null : readOrder(id));

  const settle = async (order: OrderToPay, payment: Payment): Promise<Delivered> => {
    switch (payment.status) {
      case 'paid':
        return sent([paidStep(order, payment.intentId)]);
      case 'declined':
        return sent([releaseStep(order, 'declined', payment.declineCode)]);
      case 'open':
        await noteIntent(pool, order.id, payment.intentId, payment.clientSecret);
        return { status: 'sent' };
    }
  };

  return [
    {
      kind: 'payment.charge',
      concurrency: chargesAtOnce,
      retry,
      deliver: async (entry) => {
        const order = await orderOf(entry);
        if (order?.status !== 'awaiting_payment') return skipped('the order does not wait for its payment any more');
        const { reservedUntil } = order;
        if (reservedUntil !== null && reservedUntil - marginMs < Date.now()) return skipped('the order is out of time');
        const payment = await charge(stripe, order).catch(unlessTooMany);
        return payment === null ? { status: 'later', inMs: tooManyPauseMs } : settle(order, payment);
      },
      giveUp: (tx, { subject_id: orderId }, failure) => askAPerson(tx, orderId ?? '', failure),
    },
    {
      kind: 'payment.cancel',
      deliver: async (entry) => {
        const order = await orderOf(entry);
        if (order?.status !== 'payment_failed') return skipped('the order was paid after all');
        const intentId = order.paymentIntentId ?? (await findIntent(stripe, order))?.id ?? null;
        if (intentId === null) return skipped('there is no payment');
        return cancel(stripe, intentId);
      },
    },
    {
      kind: 'payment.refund',
      retry,
      deliver: async (entry) => {
        const { orderId, paymentIntentId, amountMinor } = refundData.parse(entry.data);
        const id = entry.subject_id ?? orderId;
        const refused = await refund(stripe, { id, orderId, paymentIntentId, amountMinor });
        const order = await readOrder(orderId);
        // What was paid too late goes back without anybody having asked for it.
        if (id !== orderId && order !== null) {
          // Mostly because it has gone back another way, which may have been told while this one counted.
          const goneBack = refused === null ? [] : await goneBackOf(stripe, paymentIntentId);
          const records = goneBack.map((gone) => recordStep(order, gone, id));
          return sent([refundStep(order, id, refused), ...records]);
        }
        if (refused !== null && refused !== 'charge_already_refunded') throw new Error(`refused: ${refused}`);
        return { status: 'sent' };
      },
      giveUp: (tx, { subject_id: refundId }, failure) => askAPerson(tx, refundId ?? '', failure),
    },
  ];
}

const refundData = z.object({ orderId: z.guid(), paymentIntentId: z.string(), amountMinor: z.int().positive() });

function sent(steps: readonly Submission[]): Delivered {
  return { status: 'sent', steps };
}

function skipped(why: string): Delivered {
  return { status: 'skipped', why };
}

/** Null when Stripe has not even looked at it, because there are too many: that was no attempt. */
function unlessTooMany(error: unknown): null {
  if (error instanceof Stripe.errors.StripeRateLimitError) return null;
  throw error;
}

async function cancel(stripe: Stripe, intentId: string): Promise<Delivered> {
  try {
    await stripe.paymentIntents.cancel(intentId);
    return { status: 'sent' };
  } catch (error) {
    // Paid meanwhile: its webhook tells; or cancelled already.
    if (error instanceof Stripe.errors.StripeInvalidRequestError) return skipped(error.message);
    throw error;
  }
}
