import { resolve } from 'node:path';
import { z } from 'zod';
import type { PeerSettlement } from '../domain/state.ts';

/** Everything that can be set from outside. Read once, at the start of a process; nothing else reads settings from `process.env`. */
export interface Config {
  readonly nodeEnv: 'production' | 'development' | 'test';
  readonly host: string;
  readonly port: number;
  /** Where a person or a program on this machine reaches the API; no slash at the end. */
  readonly baseUrl: string;
  /** Null: the embedded PostgreSQL under `dataDir`. */
  readonly databaseUrl: string | null;
  /** Null: BullMQ on PostgreSQL. */
  readonly redisUrl: string | null;
  /** Absolute. */
  readonly dataDir: string;
  /** Null: generated into `dataDir`, outside production only. Ask `jwtSecretOf` instead of reading this. */
  readonly jwtSecret: string | null;
  readonly jwtJwksUrl: string | null;
  readonly jwtIssuer: string | null;
  readonly jwtAudience: string | null;
  readonly seedDemo: boolean;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Requests per caller; 0 lifts the limit. */
  readonly rateLimitPerMinute: number;
  readonly maxWaitingPerUser: number;
  readonly maxWaiting: number;
  readonly retryAttempts: number;
  readonly retryBaseMs: number;
  /** Null: `/metrics` takes an operator's token only. */
  readonly metricsToken: string | null;
  /** Worker processes that `npm start` starts. */
  readonly workerCount: number;
  /** When the practitioner of a peer session gets its cost; counts for bookings made from now on. */
  readonly peerSettlement: PeerSettlement;
  /** Hours after its end at which a session that nobody has said anything about counts as completed. */
  readonly completeAfterHours: number;
  /** Null: notifications are recorded and shown, and not mailed. */
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  /** Hours before a session at which its parties are reminded, longest first; empty: never. */
  readonly reminderHours: readonly number[];
  /** Null: sessions get no video room. */
  readonly roomsApiBase: string | null;
  readonly roomsApiKey: string | null;
  /** Of what is delivered outside; the pause doubles from try to try. */
  readonly deliveryAttempts: number;
  readonly deliveryRetryBaseMs: number;
  /** Whether events may go to plain http, and to addresses that are not public; neither in production. */
  readonly eventsAllowHttp: boolean;
  readonly eventsAllowPrivate: boolean;
  /** For how long one event may fail before its endpoint is disabled. */
  readonly eventRetryDays: number;
  /** For how long deliveries can be looked at. */
  readonly eventRetentionDays: number;
  /** For how long a slot hold keeps its slot. */
  readonly slotHoldMinutes: number;
  /** For how long a freed slot is kept for whom it is offered to. */
  readonly waitlistOfferMinutes: number;
  /** Null: Stripe's API is not asked, and webhooks of either mode are taken. */
  readonly stripeSecretKey: string | null;
  /** Several while they are being rotated; none: webhooks are refused. */
  readonly stripeWebhookSecrets: readonly string[];
  /** No slash at the end. */
  readonly stripeApiBase: string;
  /** Minutes between comparisons with the events that Stripe lists. */
  readonly stripeReconcileMinutes: number;
  /** Days for which credits can be spent that come back after their end. */
  readonly expiryGraceDays: number;
  /** Days before their end at which people are told that credits will expire; 0: never. */
  readonly expiryNoticeDays: number;
  /** For how long stock and points are kept for an order that is not paid yet. */
  readonly checkoutHoldMinutes: number;
  /** Where spans are sent by OTLP over HTTP; no slash at the end. Null: nowhere. */
  readonly otlpEndpoint: string | null;
}

/** What the environment or the machine does not allow; its message is the one line that a person should read. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** RFC 7518 §3.2: a key for HS256 is at least as long as the hash. */
const jwtSecretBytesMin = 32;

const flags: Readonly<Record<string, boolean>> = { '1': true, true: true, '0': false, false: false };

function wholeNumber(min: number, max: number) {
  const said = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, said)
    .transform(Number)
    .refine((value) => value >= min && value <= max, said);
}

function url(...protocols: readonly string[]) {
  return z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );
}

function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

function descending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => b - a);
}

const flag = z
  .string()
  .refine((value) => value in flags, '0 or 1')
  .transform((value) => flags[value] === true);

/** Where real cards are charged. */
export const stripeApi = 'https://api.stripe.com';

/** Whether a key of Stripe's moves real money. */
export function isLiveKey(key: string): boolean {
  return /^(sk|rk)_live_/.test(key);
}

/** Each message completes the sentence "NAME must be …". */
const environment = z.object({
  NODE_ENV: oneOf(['production', 'development', 'test']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(3000),
  BASE_URL: url('http:', 'https:').optional(),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  DATA_DIR: z.string().default('.data'),
  JWT_SECRET: z.string().optional(),
  JWT_JWKS_URL: url('http:', 'https:').optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  SEED_DEMO: flag.optional(),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  RATE_LIMIT_PER_MINUTE: wholeNumber(0, 1_000_000_000).default(6000),
  MAX_WAITING_PER_USER: wholeNumber(1, 1_000_000_000).default(1000),
  MAX_WAITING: wholeNumber(1, 1_000_000_000).default(100_000),
  RETRY_ATTEMPTS: wholeNumber(1, 100).default(5),
  RETRY_BASE_MS: wholeNumber(1, 60_000).default(500),
  METRICS_TOKEN: z.string().min(16, 'at least 16 characters long').optional(),
  WORKER_COUNT: wholeNumber(1, 64).default(1),
  PEER_SETTLEMENT: oneOf(['at_booking', 'on_completion']).default('at_booking'),
  COMPLETE_AFTER_HOURS: wholeNumber(0, 8_760).default(12),
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  MAIL_FROM: z.string().default('Counterfoil <no-reply@counterfoil.example>'),
  REMINDER_HOURS: z
    .string()
    .regex(/^(\d{1,3}(,\d{1,3})*|none)$/, 'whole hours separated by commas, or none')
    .transform((value) => (value === 'none' ? [] : descending(value.split(',').map(Number))))
    .default([24, 1]),
  ROOMS_API_BASE: url('http:', 'https:').optional(),
  ROOMS_API_KEY: z.string().optional(),
  DELIVERY_ATTEMPTS: wholeNumber(1, 100).default(12),
  DELIVERY_RETRY_BASE_MS: wholeNumber(1, 60_000).default(2_000),
  EVENTS_ALLOW_HTTP: flag.default(false),
  EVENTS_ALLOW_PRIVATE: flag.default(false),
  EVENT_RETRY_DAYS: wholeNumber(1, 365).default(3),
  EVENT_RETENTION_DAYS: wholeNumber(1, 3650).default(30),
  SLOT_HOLD_MINUTES: wholeNumber(1, 120).default(5),
  WAITLIST_OFFER_MINUTES: wholeNumber(1, 1440).default(30),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_\S+$/, 'a secret or restricted key of Stripe, such as sk_test_…')
    .optional(),
  STRIPE_WEBHOOK_SECRET: z.string().default(''),
  STRIPE_API_BASE: url('http:', 'https:').default(stripeApi),
  STRIPE_RECONCILE_MINUTES: wholeNumber(1, 1_440).default(5),
  EXPIRY_GRACE_DAYS: wholeNumber(1, 3_650).default(30),
  EXPIRY_NOTICE_DAYS: wholeNumber(0, 365).default(7),
  CHECKOUT_HOLD_MINUTES: wholeNumber(1, 1_440).default(15),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http:', 'https:').optional(),
});

/**
 * Parses the environment; an empty value counts as unset, which is what compose files pass for "not given". Throws
 * ConfigError with one line that names the variable. Values are not repeated in it: some of them are secrets.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) throw new ConfigError(sentenceOf(parsed.error));

  const values = parsed.data;
  const secret = values.JWT_SECRET ?? null;
  if (values.NODE_ENV === 'production' && secret !== null && Buffer.byteLength(secret) < jwtSecretBytesMin) {
    throw new ConfigError(`JWT_SECRET must be at least ${jwtSecretBytesMin} bytes long in production.`);
  }
  for (const name of ['EVENTS_ALLOW_HTTP', 'EVENTS_ALLOW_PRIVATE'] as const) {
    if (values.NODE_ENV === 'production' && values[name]) throw new ConfigError(`${name} must be 0 in production.`);
  }
  const stripeApiBase = values.STRIPE_API_BASE.replace(/\/+$/, '');
  const stripeSecretKey = values.STRIPE_SECRET_KEY ?? null;
  // Real cards and a stand-in for Stripe do not go together: a mistake that would give credits for nothing.
  if (stripeSecretKey !== null && isLiveKey(stripeSecretKey) && stripeApiBase !== stripeApi) {
    throw new ConfigError(`STRIPE_API_BASE must be ${stripeApi} with a live STRIPE_SECRET_KEY.`);
  }
  return {
    nodeEnv: values.NODE_ENV,
    host: values.HOST,
    port: values.PORT,
    baseUrl: (values.BASE_URL ?? localUrlOf({ host: values.HOST, port: values.PORT })).replace(/\/+$/, ''),
    databaseUrl: values.DATABASE_URL ?? null,
    redisUrl: values.REDIS_URL ?? null,
    dataDir: resolve(values.DATA_DIR),
    jwtSecret: secret,
    jwtJwksUrl: values.JWT_JWKS_URL ?? null,
    jwtIssuer: values.JWT_ISSUER ?? null,
    jwtAudience: values.JWT_AUDIENCE ?? null,
    seedDemo: values.SEED_DEMO ?? values.DATABASE_URL === undefined,
    logLevel: values.LOG_LEVEL,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    maxWaitingPerUser: values.MAX_WAITING_PER_USER,
    maxWaiting: values.MAX_WAITING,
    retryAttempts: values.RETRY_ATTEMPTS,
    retryBaseMs: values.RETRY_BASE_MS,
    metricsToken: values.METRICS_TOKEN ?? null,
    workerCount: values.WORKER_COUNT,
    peerSettlement: values.PEER_SETTLEMENT,
    completeAfterHours: values.COMPLETE_AFTER_HOURS,
    smtpUrl: values.SMTP_URL ?? null,
    mailFrom: values.MAIL_FROM,
    reminderHours: values.REMINDER_HOURS,
    roomsApiBase: values.ROOMS_API_BASE?.replace(/\/+$/, '') ?? null,
    roomsApiKey: values.ROOMS_API_KEY ?? null,
    deliveryAttempts: values.DELIVERY_ATTEMPTS,
    deliveryRetryBaseMs: values.DELIVERY_RETRY_BASE_MS,
    eventsAllowHttp: values.EVENTS_ALLOW_HTTP,
    eventsAllowPrivate: values.EVENTS_ALLOW_PRIVATE,
    eventRetryDays: values.EVENT_RETRY_DAYS,
    eventRetentionDays: values.EVENT_RETENTION_DAYS,
    slotHoldMinutes: values.SLOT_HOLD_MINUTES,
    waitlistOfferMinutes: values.WAITLIST_OFFER_MINUTES,
    stripeSecretKey,
    stripeWebhookSecrets: values.STRIPE_WEBHOOK_SECRET.split(',').flatMap((one) => one.trim() || []),
    stripeApiBase,
    stripeReconcileMinutes: values.STRIPE_RECONCILE_MINUTES,
    expiryGraceDays: values.EXPIRY_GRACE_DAYS,
    expiryNoticeDays: values.EXPIRY_NOTICE_DAYS,
    checkoutHoldMinutes: values.CHECKOUT_HOLD_MINUTES,
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/+$/, '') ?? null,
  };
}

function sentenceOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${String(issue?.path[0] ?? 'environment')} must be ${issue?.message ?? 'valid'}.`;
}

/** Where this machine reaches the API: one that listens on all interfaces is reached on the local one. */
export function localUrlOf({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
