import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { demoIds } from '../db/demo-directory.ts';
import type { Role } from '../shared/contract/roles.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import { type Config, localUrlOf } from '../shared/runtime/config.ts';
import { signToken } from '../shared/runtime/tokens.ts';

export interface WelcomeOptions {
  readonly config: Config;
  readonly jwtSecret: string;
  /** Whether the demo's people are in. */
  readonly seeded: boolean;
  /** Where the embedded PostgreSQL is; null when DATABASE_URL names another. */
  readonly embeddedIn: string | null;
  /** Where something stands in for Stripe; null: nothing does. */
  readonly standInUrl: string | null;
}

const tokenSeconds = 30 * 24 * 3600;

/** How far ahead a free slot is looked for. */
const searchDays = 14;

const answerLimitMs = 5_000;

const hourMs = 3_600_000;

const slots = z.array(z.object({ startsAt: z.string() }));
const practitioner = z.object({ prices: z.array(z.object({ sessionType: z.string(), durationMinutes: z.number() })) });

/** What a person reads when everything runs: what is where, tokens to use it with, and one line that books. */
export async function welcome(options: WelcomeOptions): Promise<string> {
  const { config, jwtSecret, seeded, embeddedIn, standInUrl } = options;
  const { baseUrl, redisUrl, workerCount } = config;
  const lines = [
    '',
    'Counterfoil is running.',
    '',
    `  API          ${baseUrl}   reference: ${baseUrl}/docs   OpenAPI: ${baseUrl}/openapi.json`,
    `  operators    ${baseUrl}/ops   queues: ${baseUrl}/ops/queues   sign in: npm run token -- --ops-link`,
    `  PostgreSQL   ${databaseLine(config, embeddedIn)}`,
    `  queues       ${redisUrl === null ? 'BullMQ on PostgreSQL (REDIS_URL is unset)' : `BullMQ on Redis, ${new URL(redisUrl).host}`}`,
    `  cards        ${cardsLine(config, standInUrl)}`,
    `  workers      ${workerCount} ${workerCount === 1 ? 'process' : 'processes'}`,
    '',
  ];
  // With published keys only their owner can sign; and who did not ask for a demo gets no tokens into a log.
  const people = seeded && config.jwtJwksUrl === null ? await demoLines(config, jwtSecret) : [];
  return [...lines, ...people, 'Stop with Ctrl-C.', ''].join('\n');
}

function databaseLine({ databaseUrl }: Config, embeddedIn: string | null): string {
  const { host, pathname } = new URL(databaseUrl ?? '');
  return embeddedIn === null ? `${host}${pathname}` : `${host}${pathname}, embedded in ${embeddedIn}`;
}

function cardsLine({ stripeSecretKey, stripeApiBase }: Config, standInUrl: string | null): string {
  if (standInUrl !== null) {
    return `a stand-in for Stripe at ${standInUrl}, which forgets when it stops; set STRIPE_SECRET_KEY for the real one`;
  }
  return stripeSecretKey === null ? 'cannot be charged (STRIPE_SECRET_KEY is unset)' : `Stripe, ${stripeApiBase}`;
}

async function demoLines(config: Config, secret: string): Promise<string[]> {
  const token = (sub: Uuid, ...roles: Role[]) =>
    signToken(secret, { sub, roles, expiresInSeconds: tokenSeconds }, config);
  const client = await token(demoIds.client, 'client');
  return [
    'Tokens of demo people, valid for 30 days (others: npm run token):',
    '',
    `export CLIENT=${client}`,
    `export PRACTITIONER=${await token(demoIds.practitioner, 'practitioner', 'client')}`,
    `export VENDOR=${await token(demoIds.vendor, 'vendor')}`,
    `export ADMIN=${await token(demoIds.admin, 'admin')}`,
    `export OPS=${await token(demoIds.operator, 'ops')}`,
    '',
    ...(await bookingLines(config, client)),
  ];
}

/** A call that books the next free session of a demo practitioner; nothing when there is none to book. */
async function bookingLines(config: Config, token: string): Promise<string[]> {
  const page = `${localUrlOf(config)}/v1/practitioners/${demoIds.practitioner}`;
  const [price] = practitioner.safeParse(await get(page, token)).data?.prices ?? [];
  if (price === undefined) return [];

  const from = Date.now() + hourMs;
  const query = new URLSearchParams({
    from: new Date(from).toISOString(),
    to: new Date(from + searchDays * 24 * hourMs).toISOString(),
    sessionType: price.sessionType,
    durationMinutes: String(price.durationMinutes),
  });
  const [slot] = slots.safeParse(await get(`${page}/slots?${query}`, token)).data ?? [];
  if (slot === undefined) return [];

  const body = JSON.stringify({
    practitionerId: demoIds.practitioner,
    startsAt: slot.startsAt,
    durationMinutes: price.durationMinutes,
    sessionType: price.sessionType,
  });
  return [
    'Book a session:',
    '',
    `curl -s -X POST ${config.baseUrl}/v1/bookings -H 'Authorization: Bearer ${token}' -H 'Idempotency-Key: ${randomUUID()}' ` +
      `-H 'Prefer: wait=5' -H 'Content-Type: application/json' -d '${body}'`,
    '',
  ];
}

/** Null when there is no answer to use: the welcome then says less. */
async function get(url: string, token: string): Promise<unknown> {
  try {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(answerLimitMs) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
