import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../tests/support/free-port.ts';
import { type Party, startParty } from './processes.ts';

/** A party that answers requests. */
export interface Server {
  readonly party: Party;
  readonly origin: string;
}

export interface Stores {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** What signs the tokens of this run. */
export const jwtSecret = randomBytes(32).toString('hex');

const readyLimitMs = 30_000;

const unlimited = String(1_000_000_000);

/** As in production, except that nothing is refused for being too much. */
const settings = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'warn',
  RATE_LIMIT_PER_MINUTE: '0',
  MAX_WAITING: unlimited,
  MAX_WAITING_PER_USER: unlimited,
};

/** A worker process of ours. */
export function startWorker({ databaseUrl, redisUrl }: Stores, more: Readonly<Record<string, string>> = {}): Party {
  return startParty('workers/main.js', { ...settings, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, ...more });
}

/** What it says to who has no key. */
const refusal = 401;

/** A stand-in for Stripe that answers at once and tells nobody. */
export async function startStripe(): Promise<Server> {
  return startServer('bin/demo/fake-stripe/main.js', { LOG_LEVEL: 'warn' }, refusal);
}

/** Any key opens it. */
export const secretKey = 'sk_test_bench';

/** Nothing is compared with what Stripe lists while we measure. */
const seldom = '1440';

/** What the API and workers must know to charge at `origin`. */
export function stripeSettings(origin: string): Record<string, string> {
  return { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: origin, STRIPE_RECONCILE_MINUTES: seldom };
}

/** An API process of ours that is ready. */
export async function startApi(
  { databaseUrl, redisUrl }: Stores,
  more: Readonly<Record<string, string>> = {},
): Promise<Server> {
  return startServer('api/main.js', { ...settings, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, ...more });
}

/** Baseline (c). The database needs the stored procedure. */
export async function startExpressSync(databaseUrl: string, connections: number): Promise<Server> {
  return startServer('bench/baselines/express-sync.js', {
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    CONNECTIONS: String(connections),
  });
}

/** Baseline (b). */
export function startJobWorker({ databaseUrl, redisUrl }: Stores, concurrency: number): Party {
  return startParty('bench/baselines/job-per-transaction.js', {
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    CONCURRENCY: String(concurrency),
  });
}

/** `readyStatus`: what `/readyz` is answered with as soon as it serves. */
async function startServer(entry: string, env: Readonly<Record<string, string>>, readyStatus = 200): Promise<Server> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const party = startParty(entry, { ...env, HOST: '127.0.0.1', PORT: String(port), JWT_SECRET: jwtSecret });
  const deadline = Date.now() + readyLimitMs;
  while (!(await isReady(origin, readyStatus))) {
    party.assertAlive();
    if (Date.now() > deadline) throw new Error(`${entry} did not become ready`);
    await pause(50);
  }
  return { party, origin };
}

async function isReady(origin: string, readyStatus: number): Promise<boolean> {
  try {
    const answer = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(5_000) });
    await answer.text();
    return answer.status === readyStatus;
  } catch {
    return false; // nobody listens yet
  }
}
