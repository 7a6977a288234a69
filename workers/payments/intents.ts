import Stripe from 'stripe';
import type { OrderToPay } from '../../db/orders/payments.ts';
import { withoutStack } from '../../shared/runtime/without-stack.ts';

/** What Stripe says about the payment of an order. */
export type Payment =
  | { readonly status: 'paid'; readonly intentId: string }
  | { readonly status: 'declined'; readonly declineCode: string }
  /** The customer has to act, or it takes its time; a webhook tells how it ends. */
  | { readonly status: 'open'; readonly intentId: string; readonly clientSecret: string | null };

/** From this age on Stripe may have forgotten the key (it keeps them for a day, at least). */
const keyKeptMs = 20 * 3_600_000;

/**
 * Charges the card, once: always under the key that is made of the order. What has been asked before is looked for
 * first, by the metadata, when the key may be forgotten, and after an answer that says nothing: Stripe stores a 500 with
 * the key, and would say it for ever. Throws when it cannot be told what has become of it.
 */
export async function charge(stripe: Stripe, order: OrderToPay): Promise<Payment> {
  if (Date.now() - order.createdAt > keyKeptMs) {
    const known = await findIntent(stripe, order);
    if (known !== null) return paymentOf(order, known);
  }
  try {
    return paymentOf(order, await create(stripe, order));
  } catch (error) {
    if (error instanceof Stripe.errors.StripeCardError) return declinedBy(error);
    if (error instanceof Stripe.errors.StripeInvalidRequestError) return declinedBy(error);
    if (!(error instanceof Stripe.errors.StripeAPIError)) throw error;
    const known = await findIntent(stripe, order);
    if (known === null) throw error;
    return paymentOf(order, known);
  }
}

function create(stripe: Stripe, order: OrderToPay): Promise<Stripe.PaymentIntent> {
  // The package reads its caller's stack at every call, and this is its only one to charge a card.
  return withoutStack(() =>
    stripe.paymentIntents.create(
      {
        amount: order.totalMinor,
        currency: order.currency.toLowerCase(),
        payment_method: order.paymentMethod,
        // A redirect would need a page of ours to come back to.
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        confirm: true,
        description: `Order ${order.orderNumber}`,
        metadata: { orderId: order.id, operationId: order.id },
      },
      { idempotencyKey: `order-${order.id}` },
    ),
  );
}

/** The search lags behind by up to a minute; the list does not. */
export async function findIntent(
  stripe: Stripe,
  { id, createdAt }: Pick<OrderToPay, 'id' | 'createdAt'>,
): Promise<Stripe.PaymentIntent | null> {
  const query = `metadata['orderId']:'${id}'`;
  const found = await stripe.paymentIntents.search({ query, limit: 1 }).catch(asNothing);
  const [first] = found?.data ?? [];
  if (first !== undefined) return first;
  return listed(stripe, id, Math.floor(createdAt / 1_000));
}

/** As many as a busy shop makes in the minutes that matter; beyond, the search has caught up. */
const listedMax = 1_000;

async function listed(stripe: Stripe, orderId: string, since: number): Promise<Stripe.PaymentIntent | null> {
  // Within an hour of the order: newest come first.
  const created = { gte: since - 60, lte: since + 3_600 };
  let seen = 0;
  for await (const intent of stripe.paymentIntents.list({ created, limit: 100 })) {
    if (intent.metadata.orderId === orderId) return intent;
    seen += 1;
    if (seen === listedMax) return null;
  }
  return null;
}

/** An account, or a stand-in, without the search. */
function asNothing(error: unknown): null {
  if (error instanceof Stripe.errors.StripeInvalidRequestError) return null;
  throw error;
}

export function paymentOf(
  { id, totalMinor }: Pick<OrderToPay, 'id' | 'totalMinor'>,
  intent: Stripe.PaymentIntent,
): Payment {
  // Amounts are ours: a payment of another one is not that of this order.
  if (intent.amount !== totalMinor) throw new Error(`payment ${intent.id} of order ${id} is of ${intent.amount}`);
  switch (intent.status) {
    case 'succeeded':
      return { status: 'paid', intentId: intent.id };
    case 'requires_payment_method': {
      const last = intent.last_payment_error;
      return { status: 'declined', declineCode: last?.decline_code ?? last?.code ?? 'declined' };
    }
    case 'canceled':
      return { status: 'declined', declineCode: 'canceled' };
    default:
      return { status: 'open', intentId: intent.id, clientSecret: intent.client_secret };
  }
}

function declinedBy({ decline_code: decline, code }: InstanceType<typeof Stripe.errors.StripeError>): Payment {
  return { status: 'declined', declineCode: decline ?? code ?? 'declined' };
}
