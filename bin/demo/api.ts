import { setTimeout as pause } from 'node:timers/promises';
import { describeError } from '../../db/failures.ts';
import { StartError } from '../command.ts';

/** One request of the public contract. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** When to come back, where the server said so. */
  readonly retryAfterMs: number | null;
}

/** Sends a request until it is answered; throws StartError when the server is away for too long. */
export type Send = (call: Call) => Promise<Answer>;

/** As long as this an outage or a limit may last: every request of the demo can be repeated safely. */
const patienceMs = 60_000;

/** Longer than the longest wait that we ask for. */
const answerLimitMs = 40_000;

const pauseMs = 500;

/** Says "not now": too many requests, or a part of the server is away. */
const passingStatuses: ReadonlySet<number> = new Set([429, 503]);

/** An answer that the contract does not foresee here. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
  readonly status: number;

  constructor({ method, path }: Call, { status, body }: Answer) {
    super(`${method} ${path} was answered ${status} ${JSON.stringify(body)}`);
    this.status = status;
  }
}

export function createSend(baseUrl: string): Send {
  return async (call) => {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const answer = await attempt(baseUrl, call).catch(describeError);
      const isPassing = typeof answer === 'string' || passingStatuses.has(answer.status);
      if (!isPassing) return answer;
      if (Date.now() > deadline) {
        const last = typeof answer === 'string' ? answer : `${answer.status}`;
        throw new StartError(`${baseUrl} did not serve ${call.method} ${call.path} for a minute (${last}).`);
      }
      await pause((typeof answer === 'string' ? null : answer.retryAfterMs) ?? pauseMs);
    }
  };
}

/** The body of a successful answer; throws UnexpectedAnswerError for any other. */
export async function fetchBody(send: Send, call: Call): Promise<unknown> {
  const answer = await send(call);
  if (answer.status < 200 || answer.status > 299) throw new UnexpectedAnswerError(call, answer);
  return answer.body;
}

/** One line with what to do when no Counterfoil answers there. */
export async function assertServes(baseUrl: string): Promise<void> {
  const advice = 'Start it with npm start (or set BASE_URL), then run npm run demo again.';
  const answer = await attempt(baseUrl, { method: 'GET', path: '/readyz' }).catch(() => null);
  if (answer === null) throw new StartError(`No server answers at ${baseUrl}. ${advice}`);
  if (answer.status === 503) throw new StartError(`The server at ${baseUrl} is not ready. See its log, and try again.`);
  if (answer.status !== 200) throw new StartError(`What answers at ${baseUrl} is not Counterfoil. ${advice}`);
}

async function attempt(baseUrl: string, { method, path, token, body, headers }: Call): Promise<Answer> {
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(answerLimitMs),
  });
  const text = await response.text();
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return {
    status: response.status,
    body: parsed(text),
    retryAfterMs: Number.isNaN(seconds) ? null : seconds * 1_000,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // not ours, and said as it is
  }
}
