import Stripe from 'stripe';
import { type StripeEvent, stripeEvent } from '../../shared/stripe/event.ts';
import { invalid } from '../http/problem.ts';

/** How old a signature may be, and how far ahead; Stripe's own default, written out because 0 would mean it, too. */
const toleranceSeconds = 300;

/**
 * The event in a signed body. Any of the secrets will do, so that they can be rotated. Throws 400 for a signature that
 * is none of ours or too old, and for a signed body that is no event.
 */
export function verifiedEvent(body: Buffer, signature: string | undefined, secrets: readonly string[]): StripeEvent {
  const isOurs = secrets.some((secret) => isSigned(body, signature ?? '', secret));
  if (!isOurs) throw invalid('Stripe-Signature', 'does not fit the body, or is too old');
  const parsed = stripeEvent.safeParse(jsonOf(body.toString('utf8')));
  if (!parsed.success) throw invalid('body', 'is no event of Stripe');
  return parsed.data;
}

function isSigned(body: Buffer, signature: string, secret: string): boolean {
  try {
    verifier().verifyHeader(body, signature, secret, toleranceSeconds);
    return true;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
    throw error;
  }
}

function verifier() {
  const { signature } = Stripe.webhooks;
  if (signature === null) throw new Error('the stripe package cannot verify signatures');
  return signature;
}

/** PostgreSQL cannot store NUL, and no field of Stripe's holds one. */
function jsonOf(text: string): unknown {
  try {
    return text.includes('\\u0000') ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
