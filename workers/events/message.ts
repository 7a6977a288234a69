import { Webhook } from 'standardwebhooks';
import type { OperationRecord } from '../../db/queries/operations.ts';

/** An event as it goes over the wire (Standard Webhooks). */
export interface Message {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface MessageOptions {
  readonly type: string;
  /** The place in the user's order. */
  readonly sequence: number;
  /** Each of them signs. */
  readonly secrets: readonly string[];
  readonly now: Date;
}

/**
 * What is told of an operation that has succeeded. Id and body are the same at every attempt, in every process: they
 * come from a row that is final. Only the time of the attempt differs, and with it the signature.
 */
export function messageOf(operation: OperationRecord, { type, sequence, secrets, now }: MessageOptions): Message {
  const { id, kind, userId, outcome } = operation;
  const acceptedAt = operation.acceptedAt.toISOString();
  const settledAt = operation.settledAt?.toISOString() ?? null;
  const data = { operationId: id, kind, userId, sequence, outcome, acceptedAt, settledAt };
  const body = JSON.stringify({ type, timestamp: settledAt, data });
  return {
    body,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
      'User-Agent': 'Counterfoil-Events/1',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
    },
  };
}
