import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';

describe('the environment', () => {
  it('has a default for everything', () => {
    expect(loadConfig({})).toEqual({
      nodeEnv: 'development',
      host: '127.0.0.1',
      port: 3000,
      baseUrl: 'http://127.0.0.1:3000',
      databaseUrl: null,
      redisUrl: null,
      dataDir: resolve('.data'),
      jwtSecret: null,
      jwtJwksUrl: null,
      jwtIssuer: null,
      jwtAudience: null,
      seedDemo: true,
      logLevel: 'info',
      rateLimitPerMinute: 6000,
      maxWaitingPerUser: 1000,
      maxWaiting: 100_000,
      retryAttempts: 5,
      retryBaseMs: 500,
      metricsToken: null,
      workerCount: 1,
      peerSettlement: 'at_booking',
      checkoutHoldMinutes: 15,
      completeAfterHours: 12,
      smtpUrl: null,
      mailFrom: 'Counterfoil <no-reply@counterfoil.example>',
      reminderHours: [24, 1],
      roomsApiBase: null,
      roomsApiKey: null,
      deliveryAttempts: 12,
      deliveryRetryBaseMs: 2_000,
      eventsAllowHttp: false,
      eventsAllowPrivate: false,
      eventRetryDays: 3,
      eventRetentionDays: 30,
      slotHoldMinutes: 5,
      waitlistOfferMinutes: 30,
      stripeSecretKey: null,
      stripeWebhookSecrets: [],
      stripeApiBase: 'https://api.stripe.com',
      stripeReconcileMinutes: 5,
      expiryGraceDays: 30,
      expiryNoticeDays: 7,
      otlpEndpoint: null,
    });
  });

  it('takes an empty value for one that is not given', () => {
    expect(loadConfig({ PORT: '', REDIS_URL: '', JWT_SECRET: '' })).toEqual(loadConfig({}));
  });

  it('is the same when it is given as .env.example lists it', () => {
    const lines = readFileSync('.env.example', 'utf8').split('\n');
    const listed = lines.flatMap((line) => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    });
    expect(loadConfig(Object.fromEntries(listed))).toEqual(loadConfig({}));
    expect(listed.length).toBe(Object.keys(loadConfig({})).length);
  });

  it.each([
    ['PORT', 'abc'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['NODE_ENV', 'prod'],
    ['DATABASE_URL', 'mysql://db'],
    ['DATABASE_URL', 'nonsense'],
    ['REDIS_URL', 'http://redis'],
    ['JWT_JWKS_URL', 'file:///keys'],
    ['SEED_DEMO', 'yes'],
    ['LOG_LEVEL', 'loud'],
    ['RATE_LIMIT_PER_MINUTE', '-5'],
    ['MAX_WAITING', '0'],
    ['MAX_WAITING_PER_USER', '0'],
    ['RETRY_ATTEMPTS', '0'],
    ['RETRY_BASE_MS', '1e3'],
    ['METRICS_TOKEN', 'short'],
    ['WORKER_COUNT', '0'],
    ['PEER_SETTLEMENT', 'later'],
    ['EVENTS_ALLOW_HTTP', 'yes'],
    ['EVENTS_ALLOW_PRIVATE', 'no'],
    ['EVENT_RETRY_DAYS', '0'],
    ['EVENT_RETENTION_DAYS', '0.5'],
    ['SLOT_HOLD_MINUTES', '0'],
    ['SLOT_HOLD_MINUTES', '121'],
    ['WAITLIST_OFFER_MINUTES', '0'],
    ['STRIPE_SECRET_KEY', 'pk_test_1'],
    ['STRIPE_API_BASE', 'stripe'],
    ['STRIPE_RECONCILE_MINUTES', '0'],
  ])('names %s in one line when it is "%s", without repeating the value', (name, value) => {
    const load = () => loadConfig({ [name]: value });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(new RegExp(`^${name} must be [^\\n]+\\.$`));
    expect(load).not.toThrow(new RegExp(`"${value}"`));
  });

  it('refuses a secret in production that is easier to guess than the hash', () => {
    const short = { NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(31) };
    expect(() => loadConfig(short)).toThrow('JWT_SECRET must be at least 32 bytes long in production.');
    expect(loadConfig({ ...short, NODE_ENV: 'development' }).jwtSecret).toBe('x'.repeat(31));
    expect(loadConfig({ ...short, JWT_SECRET: 'x'.repeat(32) }).jwtSecret).toBe('x'.repeat(32));
  });

  it.each(['EVENTS_ALLOW_HTTP', 'EVENTS_ALLOW_PRIVATE'])('refuses %s in production', (name) => {
    const inProduction = { NODE_ENV: 'production', [name]: '1' };
    expect(() => loadConfig(inProduction)).toThrow(`${name} must be 0 in production.`);
    expect(() => loadConfig({ ...inProduction, NODE_ENV: 'development' })).not.toThrow();
  });

  it.each(['sk_live_1', 'rk_live_1'])('refuses %s with a stand-in for Stripe', (key) => {
    const fake = { STRIPE_SECRET_KEY: key, STRIPE_API_BASE: 'http://127.0.0.1:12111' };
    expect(() => loadConfig(fake)).toThrow(
      'STRIPE_API_BASE must be https://api.stripe.com with a live STRIPE_SECRET_KEY.',
    );
    expect(loadConfig({ STRIPE_SECRET_KEY: key, STRIPE_API_BASE: 'https://api.stripe.com/' }).stripeSecretKey).toBe(
      key,
    );
    expect(loadConfig({ ...fake, STRIPE_SECRET_KEY: 'sk_test_1' }).stripeApiBase).toBe('http://127.0.0.1:12111');
  });

  it('takes several webhook secrets while they are being rotated', () => {
    expect(loadConfig({ STRIPE_WEBHOOK_SECRET: 'whsec_new, whsec_old,' }).stripeWebhookSecrets).toEqual([
      'whsec_new',
      'whsec_old',
    ]);
  });

  it('puts demo data into the embedded database only, unless told', () => {
    const external = { DATABASE_URL: 'postgres://db/counterfoil' };
    expect(loadConfig(external).seedDemo).toBe(false);
    expect(loadConfig({ ...external, SEED_DEMO: '1' }).seedDemo).toBe(true);
    expect(loadConfig({ SEED_DEMO: '0' }).seedDemo).toBe(false);
  });

  it.each([
    [{ HOST: '0.0.0.0', PORT: '80' }, 'http://127.0.0.1:80'],
    [{ HOST: '::1' }, 'http://[::1]:3000'],
    [{ BASE_URL: 'https://api.example/' }, 'https://api.example'],
  ])('is reached, with %o, at %s', (env, baseUrl) => {
    expect(loadConfig(env).baseUrl).toBe(baseUrl);
  });
});
