import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type Book, openBook } from '../../bin/demo/fake-stripe/book.ts';
import { type FakeStripe, startFakeStripe } from '../../bin/demo/fake-stripe/server.ts';
import { sendEvents } from '../../bin/demo/fake-stripe/webhooks.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { loadConfig } from '../../shared/runtime/config.ts';
import { startWorker } from '../../workers/worker.ts';
import { type ApiAnswer, startTestApi, type TestApi, withKey } from './api.ts';
import { addPeople } from './marketplace.ts';
import { testKinds } from './test-kinds.ts';

/* A shop that is open: an API, a worker, a card network, a vendor with a product, and a customer. */

export const webhookSecret = 'whsec_of_the_shop';

export interface Shop {
  readonly api: TestApi;
  readonly stripe: FakeStripe;
  readonly book: Book;
  readonly vendor: Uuid;
  readonly owner: Uuid;
  readonly customer: Uuid;
  readonly product: Uuid;
  readonly tokens: { readonly customer: string; readonly vendor: string; readonly admin: string };
  /** Adds a worker. */
  readonly startWorker: () => { readonly close: () => Promise<void> };
  readonly post: (token: string, path: string, body: object, key?: string) => Promise<ApiAnswer>;
  /** Checks out as the customer, for one piece with a card that works, and waits for the outcome. */
  readonly checkOut: (changes?: object, token?: string) => Promise<ApiAnswer>;
  readonly givePoints: (customer: Uuid, amount: number) => Promise<void>;
  readonly putProduct: (id: Uuid, changes?: object) => Promise<ApiAnswer>;
  readonly putVendor: (loyalty?: object) => Promise<ApiAnswer>;
  /** Has the card network tell what has happened since the last time. */
  readonly tell: () => Promise<void>;
}

export interface ShopOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly loyalty?: object;
  readonly stock?: number;
  /** Whether there is a worker from the start. */
  readonly isWorking?: boolean;
}

const rules = { pointsPerUnit: 1, pointValueMinor: 50 };

/** One euro earns a point, a point takes fifty cents off; a piece costs 25 euros. */
export async function openShop({
  env = {},
  loyalty = {},
  stock = 100,
  isWorking = true,
}: ShopOptions = {}): Promise<Shop> {
  const book = openBook(`shop${randomUUID().slice(0, 8)}`, { now: Math.floor(Date.now() / 1_000) });
  const stripe = await startFakeStripe(book);
  const settings = {
    STRIPE_SECRET_KEY: 'sk_test_shop',
    STRIPE_API_BASE: stripe.url,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    RETRY_BASE_MS: '20',
    ...env,
  };
  const api = await startTestApi({ env: settings });
  const workers: { readonly close: () => Promise<void> }[] = [];
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    await stripe.close();
    await api.close();
  });
  const startOne = () => {
    const config = { ...loadConfig({ ...settings, NODE_ENV: 'test' }), databaseUrl: api.databaseUrl };
    const worker = startWorker({
      config,
      operations: testKinds,
      log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
    });
    let closing: Promise<void> | null = null;
    const closedOnce = { close: () => (closing ??= worker.close()) };
    workers.push(closedOnce);
    return closedOnce;
  };
  if (isWorking) startOne();

  const [vendor, owner, customer, product] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await addPeople(api, [owner, customer]);
  const tokens = {
    customer: await api.tokenOf(customer, 'client'),
    vendor: await api.tokenOf(owner, 'vendor'),
    admin: await api.tokenOf(randomUUID(), 'admin'),
  };
  const post = (token: string, path: string, body: object, key?: string) =>
    api.request(
      'POST',
      path,
      withKey({
        token,
        body,
        headers: { Prefer: 'wait=20', ...(key === undefined ? {} : { 'Idempotency-Key': key }) },
      }),
    );
  const putVendor = (changes: object = loyalty) =>
    api.request('PUT', `/v1/vendors/${vendor}`, {
      token: tokens.admin,
      body: { name: 'Corner shop', ownerUserId: owner, loyalty: { ...rules, ...changes } },
    });
  const putProduct = (id: Uuid, changes: object = {}) =>
    api.request('PUT', `/v1/products/${id}`, {
      token: tokens.admin,
      body: { vendorId: vendor, name: 'Tea', priceMinor: 2_500, currency: 'EUR', stock, ...changes },
    });
  await putVendor();
  await putProduct(product);

  let told = 0;
  return {
    api,
    stripe,
    book,
    vendor,
    owner,
    customer,
    product,
    tokens,
    startWorker: startOne,
    post,
    putVendor,
    putProduct,
    checkOut: (changes = {}, token = tokens.customer) =>
      post(token, '/v1/checkout', {
        customerId: customer,
        vendorId: vendor,
        items: [{ productId: product, quantity: 1 }],
        paymentMethod: 'pm_card_visa',
        ...changes,
      }),
    givePoints: async (userId, amount) => {
      await post(tokens.admin, '/v1/points/adjustments', { userId, vendorId: vendor, amount, note: 'to begin with' });
    },
    tell: async () => {
      const events = book.events.slice(told);
      told = book.events.length;
      await sendEvents(api.url, webhookSecret, events);
    },
  };
}
