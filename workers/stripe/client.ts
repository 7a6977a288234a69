import Stripe from 'stripe';
import type { Config } from '../../shared/runtime/config.ts';

/** A call that takes longer is tried once more, and then given up: nothing waits for it. */
const timeoutMs = 4_000;

/** Stripe's API, or what stands in for it; null without a key. */
export function openStripe({
  stripeSecretKey: key,
  stripeApiBase,
}: Pick<Config, 'stripeSecretKey' | 'stripeApiBase'>): Stripe | null {
  if (key === null) return null;
  const { protocol, hostname, port } = new URL(stripeApiBase);
  const isPlain = protocol === 'http:';
  return new Stripe(key, {
    host: hostname,
    port: port === '' ? (isPlain ? 80 : 443) : Number(port),
    protocol: isPlain ? 'http' : 'https',
    timeout: timeoutMs,
    maxNetworkRetries: 1,
    telemetry: false,
  });
}
