import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { signToken } from '../shared/runtime/tokens.ts';
import { type Context, medianFrom, onFreshDatabase } from './context.ts';
import { jwtSecret, type Server, startApi, startStripe, startWorker, stripeSettings } from './parties.ts';
import { type PlannedCheckout, planCheckouts, populateShops } from './shops.ts';

/*
 * What a customer waits for, who checks out over HTTP and asks for the outcome: with a stand-in for Stripe behind a
 * card network that takes its time. What is left of the wait without the card call is ours.
 */

/** About what a card network takes. */
const cardNetworkMs = 300;

const warmUp = 50;
const customers = 50;

export interface CustomersWait {
  /** From the request to the outcome, the median. */
  readonly totalMs: number;
  /** Of that, from the call of the card network to its answer, the median. */
  readonly cardMs: number;
}

export function waitOfCustomers(context: Context): Promise<CustomersWait> {
  return onFreshDatabase(context, async (database) => {
    await populateShops(database.client, context.marketplace);
    const stripe = await startStripe();
    const network = await startCardNetwork(stripe.origin);
    const stores = { databaseUrl: database.url, redisUrl: await context.environment.redis() };
    const settings = stripeSettings(network.origin);
    const worker = startWorker(stores, settings);
    const api = await startApi(stores, settings);

    const totals: number[] = [];
    for (const planned of planCheckouts(context.marketplace, 0, warmUp + customers)) {
      totals.push(await checkOut(api, planned));
    }
    await Promise.all([worker.stop(), api.party.stop(), stripe.party.stop()]);
    network.close();
    return { totalMs: medianFrom(totals.slice(warmUp)), cardMs: medianFrom(network.took.slice(warmUp)) };
  });
}

/** Ms from the request to the outcome. */
async function checkOut({ origin }: Server, { customerId, id, body }: PlannedCheckout): Promise<number> {
  const token = await signToken(jwtSecret, { sub: customerId, roles: ['client'], expiresInSeconds: 600 });
  const begunAt = performance.now();
  const answer = await fetch(`${origin}/v1/checkout`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': id,
      Prefer: 'wait=30',
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== 200 || !text.includes('"succeeded"')) throw new Error(`a checkout was answered ${text}`);
  return performance.now() - begunAt;
}

/** Passes everything on, and keeps every answer back for as long as a card network takes. */
async function startCardNetwork(stripeOrigin: string) {
  const took: number[] = [];
  const server = createServer(async (request, response) => {
    const begunAt = performance.now();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === 'string' && !['host', 'connection', 'content-length'].includes(name) ? [[name, value]] : [],
    );
    const { method = 'GET', url = '/' } = request;
    const init = { method, headers: Object.fromEntries(headers) };
    const answer = await fetch(
      new URL(url, stripeOrigin),
      method === 'GET' ? init : { ...init, body: Buffer.concat(chunks) },
    );
    const text = await answer.text();
    await pause(cardNetworkMs);
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(text);
    took.push(performance.now() - begunAt);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, took, close: () => server.close() };
}
