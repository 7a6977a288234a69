import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import type { OperationRecord } from '../../db/queries/operations.ts';
import { messageOf } from './message.ts';

const operation: OperationRecord = {
  id: '11111111-1111-4111-8111-111111111111',
  kind: 'credits.transfer',
  status: 'succeeded',
  userId: '22222222-2222-4222-8222-222222222222',
  callerId: '22222222-2222-4222-8222-222222222222',
  acceptedAt: new Date('2026-11-21T10:00:00.000Z'),
  settledAt: new Date('2026-11-21T10:00:01.000Z'),
  attempts: 1,
  outcome: { balanceAfter: 5 },
  progress: null,
  rejection: null,
  resolution: null,
};

const [secret, previous] = ['first', 'second'].map((name) => `whsec_${Buffer.from(name.repeat(5)).toString('base64')}`);

function messageAt(now: Date, secrets: readonly string[]) {
  return messageOf(operation, { type: 'credits.transferred', sequence: 7, secrets, now });
}

it('tells what has happened, under an id that stays the same', () => {
  const first = messageAt(new Date(), [String(secret)]);
  const again = messageAt(new Date(Date.now() + 60_000), [String(secret)]);

  expect(JSON.parse(first.body)).toEqual({
    type: 'credits.transferred',
    timestamp: '2026-11-21T10:00:01.000Z',
    data: {
      operationId: operation.id,
      kind: 'credits.transfer',
      userId: operation.userId,
      sequence: 7,
      outcome: { balanceAfter: 5 },
      acceptedAt: '2026-11-21T10:00:00.000Z',
      settledAt: '2026-11-21T10:00:01.000Z',
    },
  });
  expect(again.body).toBe(first.body);
  expect(again.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect(again.headers['webhook-signature']).not.toBe(first.headers['webhook-signature']);
});

it('is signed by every secret, so that either verifies it, and no other', () => {
  const { body, headers } = messageAt(new Date(), [String(secret), String(previous)]);
  for (const known of [secret, previous]) {
    expect(new Webhook(String(known)).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(String(known)).verify(body.replace('5', '6'), headers)).toThrow();
  }
  const stranger = new Webhook(Buffer.from('a stranger, who knows nothing').toString('base64'));
  expect(() => stranger.verify(body, headers)).toThrow();
});
