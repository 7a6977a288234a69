import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkOut, openBook } from '../../../bin/demo/fake-stripe/book.ts';
import { sendEvents, signatureOf } from '../../../bin/demo/fake-stripe/webhooks.ts';
import { startTestApi, type TestApi } from '../../support/api.ts';
import { idOf } from '../../support/builders.ts';
import { addPeople } from '../../support/marketplace.ts';
import { type NetworkProxy, startNetworkProxy } from '../../support/network-proxy.ts';
import { basic } from '../../support/stripe-stories.ts';

/* The inbox over HTTP, without workers: what is recorded is what counts (000-18, 000-19, 000-21, 000-37). */

const secrets = ['whsec_new', 'whsec_old'];
const env = { STRIPE_WEBHOOK_SECRET: secrets.join(','), STRIPE_SECRET_KEY: 'sk_test_1' };

let api: TestApi;
let admin: string;

beforeAll(async () => {
  api = await startTestApi({ env });
  admin = await api.tokenOf(randomUUID(), 'admin');
});
afterAll(() => api.close());

const event = (changes: object = {}) => ({
  id: `evt_${randomUUID()}`,
  object: 'event',
  type: 'customer.created',
  created: 1_800_000_000,
  livemode: false,
  data: { object: { id: 'cus_1', object: 'customer' } },
  ...changes,
});

function post(body: string, signature?: string, headers: Readonly<Record<string, string>> = {}) {
  const signed = { 'Stripe-Signature': signature ?? signatureOf(body, 'whsec_new') };
  return api.request('POST', '/v1/webhooks/stripe', { body, headers: { ...signed, ...headers } });
}

async function kept(id: string): Promise<number> {
  return (await api.owner.query('select from stripe_events where id = $1', [id])).rowCount ?? 0;
}

describe('the signature', () => {
  it.each(secrets)('may be of %s: secrets are rotated', async (secret) => {
    const body = JSON.stringify(event());
    expect(await post(body, signatureOf(body, secret))).toMatchObject({ status: 200, body: { received: true } });
  });

  it('is over the bytes as they were sent, whatever their media type says', async () => {
    const sent = event();
    const body = `${JSON.stringify(sent, null, 3)}\n`;
    expect((await post(body, undefined, { 'Content-Type': 'text/plain; charset=utf-8' })).status).toBe(200);
    expect(await kept(sent.id)).toBe(1);
  });

  it.each<[string, (body: string) => string]>([
    ['of another secret', (body) => signatureOf(body, 'whsec_other')],
    ['of another body', () => signatureOf('{}', 'whsec_new')],
    ['that is too old', (body) => signatureOf(body, 'whsec_new', Math.floor(Date.now() / 1_000) - 301)],
    ['that is none', () => 'nonsense'],
    ['that is empty', () => ''],
  ])('%s is refused, and nothing is kept', async (_, sign) => {
    const sent = event();
    const body = JSON.stringify(sent);
    expect(await post(body, sign(body))).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await kept(sent.id)).toBe(0);
  });

  it('is needed', async () => {
    const body = JSON.stringify(event());
    expect((await api.request('POST', '/v1/webhooks/stripe', { body })).status).toBe(400);
  });
});

describe('a signed body', () => {
  it.each([
    '',
    'null',
    '[]',
    '{}',
    '"event"',
    'not json',
    '{"id":"evt_1","type":"x","created":"today","data":{"object":{}}}',
    JSON.stringify(event({ data: { object: [] } })),
    JSON.stringify(event({ type: 'a\u0000b' })),
  ])('%s is refused when it is no event', async (body) => {
    const signed = signatureOf(body, 'whsec_new');
    const answer = await fetch(`${api.url}/v1/webhooks/stripe`, {
      method: 'POST',
      body,
      headers: { 'Stripe-Signature': signed },
    });
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid_request' }]);
  });

  it('of the other mode is refused', async () => {
    const sent = event({ livemode: true });
    expect(await post(JSON.stringify(sent))).toMatchObject({ status: 400, body: { errors: [{ path: 'livemode' }] } });
    expect(await kept(sent.id)).toBe(0);
  });

  it('may have a megabyte, and no more', async () => {
    const large = JSON.stringify(event({ data: { object: { id: 'cus_2', text: 'x'.repeat(900_000) } } }));
    expect((await post(large)).status).toBe(200);
    const tooLarge = JSON.stringify(event({ data: { object: { text: 'x'.repeat(1_000_000) } } }));
    expect(await post(tooLarge)).toMatchObject({ status: 413, body: { code: 'too_large' } });
  });

  it.each([
    ['invoice.paid', { id: 7, lines: 'none', customer: { name: 'no id' }, parent: [] }],
    ['invoice.paid', {}],
    ['charge.refunded', { id: 'ch_odd', amount: 'much' }],
    ['charge.dispute.closed', { id: 'dp_odd', charge: null }],
    ['customer.subscription.updated', { id: 'sub_odd', metadata: 'none' }],
    [
      'checkout.session.completed',
      { id: 'cs_odd', payment_status: 'paid', mode: 'payment', line_items: { data: [7] } },
    ],
    ['something.new', { id: 'new_1' }],
  ])('%s with %j is kept all the same', async (type, object) => {
    const sent = event({ type, data: { object } });
    expect((await post(JSON.stringify(sent))).status).toBe(200);
    expect(await kept(sent.id)).toBe(1);
  });
});

it('is one effect, however often and at how many connections at once an event is sent (000-21)', async () => {
  const userId = randomUUID();
  await addPeople(api, [userId]);
  await putPlan('price_basic');
  const book = openBook('often');
  checkOut(book, { items: [{ price: basic, quantity: 3 }], userId });

  const rounds = await Promise.all([1, 2, 3, 4].map(() => sendEvents(api.url, 'whsec_old', book.events)));
  expect(new Set(rounds.flat())).toEqual(new Set([200]));
  const { rows } = await api.owner.query(
    `select kind, status, payload->'credits' as credits from operations where lane = $1`,
    [userId],
  );
  expect(rows).toEqual([{ kind: 'subscription.allocate', status: 'accepted', credits: 30 }]);
});

it('takes different events about the same payment at the same time', async () => {
  await putPlan('price_basic');
  const people = Array.from({ length: 12 }, () => randomUUID());
  await addPeople(api, people);
  const events = people.flatMap((userId, n) => {
    const book = openBook(`crowd${n}x`);
    checkOut(book, { items: [{ price: basic, quantity: 1 }], userId });
    return book.events;
  });
  const statuses = await Promise.all(events.map((one) => sendEvents(api.url, 'whsec_new', [one])));
  expect(new Set(statuses.flat())).toEqual(new Set([200]));
  const { rows } = await api.owner.query(`select lane from operations where lane = any($1)`, [people]);
  expect(rows.map(({ lane }) => lane).sort()).toEqual(people.toSorted());
});

it('answers 503 while the database is away, and takes the event when Stripe sends it again', async () => {
  const proxies: NetworkProxy[] = [];
  const own = await startTestApi({
    env,
    through: async (url) => {
      proxies.push(await startNetworkProxy(url));
      return proxies[0]?.url ?? url;
    },
  });
  try {
    const body = JSON.stringify(event());
    const send = () =>
      own.request('POST', '/v1/webhooks/stripe', {
        body,
        headers: { 'Stripe-Signature': signatureOf(body, 'whsec_new') },
      });
    await proxies[0]?.cut();
    const refused = await send();
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await proxies[0]?.restore();
    expect((await send()).status).toBe(200);
  } finally {
    await own.close();
    await proxies[0]?.cut();
  }
});

it('answers 503 when no secret is set: nothing can be told from a forgery', async () => {
  const own = await startTestApi();
  try {
    const body = JSON.stringify(event());
    const headers = { 'Stripe-Signature': signatureOf(body, '') };
    expect((await own.request('POST', '/v1/webhooks/stripe', { body, headers })).status).toBe(503);
  } finally {
    await own.close();
  }
});

async function putPlan(stripePriceId: string, changes: object = {}, id = idOf(stripePriceId)) {
  const body = { name: 'Basic', stripePriceId, creditsPerPeriod: 10, expiresAfterDays: null, ...changes };
  return api.request('PUT', `/v1/plans/${id}`, { token: admin, body });
}

describe('plans', () => {
  it('are put, replaced, read and listed', async () => {
    const id = randomUUID();
    const plan = {
      id,
      name: 'Basic',
      stripePriceId: 'price_1',
      creditsPerPeriod: 10,
      expiresAfterDays: null,
      rolloverMax: null,
      drip: null,
    };
    expect(await putPlan('price_1', {}, id)).toMatchObject({ status: 200, body: plan });
    const changed = { ...plan, creditsPerPeriod: 120, expiresAfterDays: 400, rolloverMax: 20, drip: 'monthly' };
    const { id: _, ...entry } = changed;
    expect((await putPlan('price_1', entry, id)).body).toEqual(changed);

    const token = await api.tokenOf(randomUUID(), 'client');
    expect((await api.request('GET', `/v1/plans/${id}`, { token })).body).toEqual(changed);
    const { data } = (await api.request('GET', '/v1/plans', { token })).body;
    expect(data).toContainEqual(changed);
    expect((await api.request('GET', `/v1/plans/${randomUUID()}`, { token })).status).toBe(404);
  });

  it('have a price each', async () => {
    await putPlan('price_2');
    expect(await putPlan('price_2', {}, randomUUID())).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'stripePriceId' }] },
    });
  });

  it.each([
    { creditsPerPeriod: -1 },
    { creditsPerPeriod: 1.5 },
    { expiresAfterDays: 0 },
    { rolloverMax: -1 },
    { drip: 'daily' },
    { name: '' },
    { stripePriceId: 'price\u0000' },
    { extra: 1 },
  ])('refuse %j', async (changes) => {
    expect((await putPlan('price_3', changes)).status).toBe(400);
  });

  it('are for admins to put', async () => {
    const token = await api.tokenOf(randomUUID(), 'ops');
    expect((await api.request('PUT', `/v1/plans/${randomUUID()}`, { token, body: {} })).status).toBe(403);
  });
});
