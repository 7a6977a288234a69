import { expect, it } from 'vitest';
import { loadConfig } from '../shared/runtime/config.ts';
import { standInOn, wantsStandIn } from './stand-in.ts';

const isWanted = (env: Readonly<Record<string, string>>) => wantsStandIn(loadConfig(env));

it('stands in for Stripe in a demo on the embedded database', () => {
  expect(isWanted({})).toBe(true);
  expect(isWanted({ STRIPE_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET: '' })).toBe(true);
});

it.each([
  ['in production', { NODE_ENV: 'production' }],
  ['with a database of somebody', { DATABASE_URL: 'postgres://localhost/shop' }],
  ['with such a database and demo data', { DATABASE_URL: 'postgres://localhost/shop', SEED_DEMO: '1' }],
  ['without demo data', { SEED_DEMO: '0' }],
  ['with a key', { STRIPE_SECRET_KEY: 'sk_test_own' }],
  ['with a webhook secret', { STRIPE_WEBHOOK_SECRET: 'whsec_own' }],
  ['with a stand-in of their own', { STRIPE_API_BASE: 'http://127.0.0.1:12111' }],
])('does not %s', (_, env) => {
  expect(isWanted(env)).toBe(false);
});

it('gives API and workers settings that they accept, and both sides the same secret', () => {
  const { env, settings, url } = standInOn(4242, 'http://127.0.0.1:3000');
  const config = loadConfig(settings);
  expect(config.stripeApiBase).toBe(url);
  expect(config.stripeWebhookSecrets).toEqual([env.WEBHOOK_SECRET]);
  expect(env).toMatchObject({ PORT: '4242', WEBHOOK_BASE: 'http://127.0.0.1:3000' });
});
