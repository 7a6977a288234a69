import { randomUUID } from 'node:crypto';
import type { TestApi } from './api.ts';

interface Submitting {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly path?: string;
}

/** Somebody with a lane of their own, and what they submit: always the same transfer unless told otherwise. */
export async function callerOf(api: TestApi) {
  const id = randomUUID();
  const token = await api.tokenOf(id, 'client');
  const body = { toUserId: randomUUID(), amount: 1 };
  const submit = (key: string, options: Submitting = {}) =>
    api.request('POST', options.path ?? '/v1/transfers', {
      token,
      body: options.body ?? body,
      headers: { 'Idempotency-Key': key, ...options.headers },
    });
  return { id, token, body, submit };
}
