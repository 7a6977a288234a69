import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { StartError } from '../command.ts';
import { type Call, fetchBody, type Send } from './api.ts';

/** What of an operation the demo looks at. */
const operation = z.object({
  id: z.string(),
  kind: z.string(),
  status: z.string(),
  outcome: z.record(z.string(), z.unknown()).nullable(),
  rejection: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()) }).nullable(),
});

export type Operation = z.infer<typeof operation>;

/** A write of the contract. */
export interface Request {
  readonly token: string;
  readonly path: string;
  readonly body: object;
  /** Idempotency key; a fresh one unless it is given. */
  readonly key?: string;
}

export interface Settled {
  readonly operation: Operation;
  /** From sending the request until its outcome was here. */
  readonly ms: number;
}

const outcomeLimitMs = 60_000;

const waitSeconds = 20;

const finalStatuses: ReadonlySet<string> = new Set(['succeeded', 'rejected', 'resolved']);

/** Submits a write and waits for its outcome. Throws StartError when there is none within a minute. */
export async function submit(send: Send, { token, path, body, key = randomUUID() }: Request): Promise<Settled> {
  const begunAt = performance.now();
  const prefer = `wait=${waitSeconds}`;
  const ask = async (call: Call) => operation.parse(await fetchBody(send, call));

  let current = await ask({ method: 'POST', path, token, body, headers: { 'idempotency-key': key, prefer } });
  while (!finalStatuses.has(current.status)) {
    if (performance.now() - begunAt > outcomeLimitMs) {
      throw new StartError(
        `Operation ${current.id} is ${current.status} after a minute. Is a worker running, and what does its log say?`,
      );
    }
    current = await ask({ method: 'GET', path: `/v1/operations/${current.id}`, token, headers: { prefer } });
  }
  return { operation: current, ms: performance.now() - begunAt };
}
