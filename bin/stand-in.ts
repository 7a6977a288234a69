import { randomBytes } from 'node:crypto';
import { type Config, stripeApi } from '../shared/runtime/config.ts';

/** A process that answers for Stripe, and the settings with which ours take it for Stripe. */
export interface StandIn {
  readonly url: string;
  /** Of its own process. */
  readonly env: Readonly<Record<string, string>>;
  /** Of API and workers. */
  readonly settings: Readonly<Record<string, string>>;
}

type StandInConfig = Pick<
  Config,
  'nodeEnv' | 'databaseUrl' | 'seedDemo' | 'stripeSecretKey' | 'stripeApiBase' | 'stripeWebhookSecrets'
>;

/** Whoever has set anything about Stripe wants what they have set; and only a demo may pay with money that is none. */
export function wantsStandIn(config: StandInConfig): boolean {
  const { nodeEnv, databaseUrl, seedDemo, stripeSecretKey, stripeWebhookSecrets, stripeApiBase } = config;
  const isDemo = nodeEnv !== 'production' && databaseUrl === null && seedDemo;
  const isUnset = stripeSecretKey === null && stripeWebhookSecrets.length === 0 && stripeApiBase === stripeApi;
  return isDemo && isUnset;
}

/** `apiUrl`: where it tells of what happens. */
export function standInOn(port: number, apiUrl: string): StandIn {
  const secret = `whsec_${randomBytes(24).toString('hex')}`;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    env: { PORT: String(port), WEBHOOK_BASE: apiUrl, WEBHOOK_SECRET: secret },
    settings: { STRIPE_SECRET_KEY: 'sk_test_demo', STRIPE_API_BASE: url, STRIPE_WEBHOOK_SECRET: secret },
  };
}
