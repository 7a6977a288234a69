import { expect } from 'vitest';
import { intentView } from '../../bin/demo/fake-stripe/intents.ts';
import { sendEvents } from '../../bin/demo/fake-stripe/webhooks.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { violations } from './marketplace.ts';
import { type Shop, webhookSecret } from './shop.ts';
import { until } from './until.ts';

/* What a shop and its card network have written down, and whether they agree. */

interface OrderRow {
  readonly id: Uuid;
  readonly status: string;
  readonly loyalty: string;
  readonly total: number;
  readonly refunded: number;
}

export async function ordersOf({ api }: Pick<Shop, 'api'>): Promise<OrderRow[]> {
  const { rows } = await api.owner.query<OrderRow>(
    'select id, status, loyalty, total_minor::int as total, refunded_minor::int as refunded from orders order by created_at',
  );
  return rows;
}

/** Items that wait for a person, oldest first. */
export async function openItems({ api }: Pick<Shop, 'api'>) {
  const { rows } = await api.owner.query<{
    id: Uuid;
    category: string;
    kind: string;
    summary: string;
    error: string;
    subject: Uuid;
  }>(
    `select id, category, kind, summary, error, subject_id as subject from reconciliation_items
     where status = 'open' order by opened_at`,
  );
  return rows;
}

/** Pieces that can be ordered, are kept, and are sold. */
export async function stockOf({ api, product, tokens }: Shop, id = product): Promise<[number, number, number]> {
  const { body } = await api.request('GET', `/v1/products/${id}`, { token: tokens.customer });
  return [body.stock, body.reserved, body.sold];
}

/** What a customer has of the shop's points. */
export async function pointsIn({ api, tokens, customer }: Shop, userId = customer) {
  const { body } = await api.request('GET', `/v1/users/${userId}/balance`, { token: tokens.admin });
  const [{ available, held, pending, debt }] = body.points;
  return { available, held, pending, debt };
}

export async function operationIn({ api, tokens }: Shop, id: Uuid) {
  const { body } = await api.request('GET', `/v1/operations/${id}`, { token: tokens.admin });
  return body;
}

/** Waits until an operation has this status. */
export async function untilStatus(shop: Shop, id: Uuid, status: string) {
  return until(`${id} is ${status}`, async () => {
    const operation = await operationIn(shop, id);
    return operation.status === status && operation;
  });
}

/** Waits until nothing is in any lane, and nothing on its way to the card network. */
export async function quiet({ api }: Pick<Shop, 'api'>): Promise<void> {
  await until('nothing is under way', async () => {
    const { rows } = await api.owner.query<{ waiting: string }>(
      `select (select count(*) from operations where status in ('accepted', 'retrying'))
              + (select count(*) from outbox where status = 'waiting') as waiting`,
    );
    return rows[0]?.waiting === '0';
  });
}

/** The order's time is over. */
export async function runOut({ api }: Pick<Shop, 'api'>, orderId: Uuid): Promise<void> {
  await api.owner.query(`update orders set reserved_until = now() - interval '1 second' where id = $1`, [orderId]);
}

/** Everything that has happened is told once more. */
export async function tellAgain({ api, book }: Pick<Shop, 'api' | 'book'>): Promise<void> {
  await sendEvents(api.url, webhookSecret, book.events);
}

/** An operator's word on an item. */
export async function act({ api, tokens }: Shop, itemId: Uuid, action: 'retry' | 'resolve' | 'dismiss'): Promise<void> {
  const answer = await api.request('POST', `/v1/reconciliation/${itemId}/${action}`, {
    token: tokens.admin,
    body: { note: 'looked at it' },
  });
  expect(answer.status).toBe(200);
}

/** What was charged for an order, with what went back of it. */
export function chargesOf({ book }: Pick<Shop, 'book'>, orderId: Uuid) {
  const intents = [...book.intents.values()].filter(({ metadata }) => metadata.orderId === orderId);
  return intents.flatMap(({ charge }) => book.charges.get(charge ?? '') ?? []);
}

/** No order was charged twice, each was charged what it says, and what went back is what it says. */
export async function expectAgreement(shop: Shop): Promise<void> {
  for (const { id, status, total, refunded } of await ordersOf(shop)) {
    const charges = chargesOf(shop, id).map((charge) => [charge.amount, charge.refunded]);
    const isPaid = !['awaiting_payment', 'payment_failed'].includes(status);
    if (isPaid) expect([id, charges]).toEqual([id, total === 0 ? [] : [[total, refunded]]]);
    // What was paid too late has gone back as a whole.
    else expect([id, status, charges.filter(([amount, back]) => amount !== back)]).toEqual([id, status, []]);
    expect(charges.length).toBeLessThanOrEqual(1);
  }
  const metadata = [...shop.book.intents.values()].map(intentView).map((intent) => intent.metadata.orderId);
  expect(new Set(metadata).size).toBe(metadata.length);
  expect(await violations(shop.api)).toEqual({});
}
