import Stripe from 'stripe';

/** Money that goes back. */
export interface RefundToMake {
  /** What it is known by, here and, as the key, there. */
  readonly id: string;
  readonly orderId: string;
  readonly paymentIntentId: string;
  readonly amountMinor: number;
}

/** Null: it is on its way. Otherwise why it cannot be. Throws when it cannot be told. */
export async function refund(stripe: Stripe, wanted: RefundToMake): Promise<string | null> {
  try {
    return refusalOf(await create(stripe, wanted));
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError) return error.code ?? error.message;
    if (!(error instanceof Stripe.errors.StripeAPIError)) throw error;
    const known = await find(stripe, wanted);
    if (known === null) throw error;
    return refusalOf(known);
  }
}

/** What has gone back of a charge, in all its refunds together. */
export interface GoneBack {
  readonly charge: string;
  readonly refundedMinor: number;
}

/** Of each charge of a payment of which something has. */
export async function goneBackOf(stripe: Stripe, paymentIntentId: string): Promise<GoneBack[]> {
  const { data } = await stripe.charges.list({ payment_intent: paymentIntentId, limit: 100 });
  const all = data.map(({ id, amount_refunded: refundedMinor }) => ({ charge: id, refundedMinor }));
  return all.filter(({ refundedMinor }) => refundedMinor > 0);
}

function create(stripe: Stripe, { id, orderId, paymentIntentId, amountMinor }: RefundToMake): Promise<Stripe.Refund> {
  return stripe.refunds.create(
    { payment_intent: paymentIntentId, amount: amountMinor, metadata: { orderId, refundId: id } },
    { idempotencyKey: `refund-${id}` },
  );
}

async function find(stripe: Stripe, { id, paymentIntentId }: RefundToMake): Promise<Stripe.Refund | null> {
  const { data } = await stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 });
  return data.find(({ metadata }) => metadata?.refundId === id) ?? null;
}

function refusalOf({ status, failure_reason: reason }: Stripe.Refund): string | null {
  return status === 'failed' || status === 'canceled' ? (reason ?? status) : null;
}
