import Stripe from 'stripe';
import type { FakeEvent } from './book.ts';

/** The header that Stripe signs a body with; `at` in epoch seconds, now unless it is said. */
export function signatureOf(payload: string, secret: string, at?: number): string {
  const when = at === undefined ? {} : { timestamp: at };
  return Stripe.webhooks.generateTestHeaderString({ payload, secret, ...when });
}

/** Sends events to a webhook as Stripe does; the statuses of the answers. */
export async function sendEvents(url: string, secret: string, events: readonly FakeEvent[]): Promise<number[]> {
  const statuses: number[] = [];
  for (const event of events) {
    const body = JSON.stringify(event, null, 2);
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'Stripe-Signature': signatureOf(body, secret),
    };
    const answer = await fetch(`${url}/v1/webhooks/stripe`, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    statuses.push(answer.status);
  }
  return statuses;
}
