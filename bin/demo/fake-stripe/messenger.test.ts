import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { expect, it, onTestFinished } from 'vitest';
import { until } from '../../../tests/support/until.ts';
import { emit, openBook } from './book.ts';
import { startMessenger } from './messenger.ts';

const secret = 'whsec_messenger';

/** A book of two events, and a webhook that answers with what `answers` says, and with 200 after that. */
async function setup(...answers: number[]) {
  const heard: { readonly type: string; readonly answer: number }[] = [];
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    const event = Stripe.webhooks.constructEvent(body, request.headers['stripe-signature'] ?? '', secret);
    const answer = answers.shift() ?? 200;
    heard.push({ type: `${request.url} ${event.type}`, answer });
    response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const book = openBook('messenger');
  emit(book, 'charge.succeeded', {});
  emit(book, 'charge.refunded', {});
  const { port } = server.address() as AddressInfo;
  const warnings: unknown[] = [];
  const log = { warn: (told: unknown) => warnings.push(told) };
  const messenger = startMessenger(book, { url: `http://127.0.0.1:${port}`, secret, log });
  onTestFinished(async () => {
    await messenger.close();
    server.close();
    server.closeAllConnections();
  });
  return { book, heard, warnings, messenger };
}

const first = '/v1/webhooks/stripe charge.succeeded';
const second = '/v1/webhooks/stripe charge.refunded';

it('sends what happens, signed, and again what is not taken, before anything later', async () => {
  const { book, heard, warnings } = await setup(503);
  await until('both are taken', () => heard.length === 3);
  emit(book, 'charge.updated', {});
  await until('what happened since is', () => heard.length === 4);
  expect(heard).toEqual([
    { type: first, answer: 503 },
    { type: first, answer: 200 },
    { type: second, answer: 200 },
    { type: '/v1/webhooks/stripe charge.updated', answer: 200 },
  ]);
  expect(warnings).toEqual([]);
});

it('ends at once when it is closed, also while nobody takes anything', async () => {
  const { heard, messenger } = await setup(503, 503, 503);
  await until('the first is refused', () => heard.length === 1);
  await messenger.close();
  expect(heard).toEqual([{ type: first, answer: 503 }]);
});
