import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { signToken } from '../../shared/runtime/tokens.ts';
import type { Chance } from './chance.ts';
import { allocation, booking, cancellation, kindOf, type Request, submissionOf, transfer } from './requests.ts';

/**
 * People who use the API over HTTP, each one request after the other, and write down what was acknowledged: an answer
 * that does not come is asked for again, under the same key, until it does. What they have written down is what the
 * system owes them.
 */
export interface Load {
  /** Lets everybody finish the request in hand, however long that takes within the limit, and gives the history. */
  readonly stop: () => Promise<Acknowledged[]>;
  readonly count: () => number;
}

const acknowledged = z.object({ id: z.string(), userId: z.string(), kind: z.string() });

/** In each user's own order. */
export type Acknowledged = z.infer<typeof acknowledged>;

export interface LoadOptions {
  readonly url: string;
  readonly jwtSecret: string;
  /** Whoever books, cancels and transfers. */
  readonly people: readonly string[];
  readonly practitioners: readonly string[];
  readonly chance: Chance;
  /** Between two requests of one person, at most. */
  readonly pauseMaxMs?: number;
}

/** Nothing of ours is away for longer than this. */
const unansweredMaxMs = 60_000;

const answerLimitMs = 10_000;

export function startLoad(options: LoadOptions): Load {
  const { url, jwtSecret, people, practitioners, chance, pauseMaxMs = 40 } = options;
  const directory = mkdtempSync(join(tmpdir(), 'counterfoil-history-'));
  const history = join(directory, 'acknowledged.jsonl');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  let isOver = false;
  let count = 0;

  const person = async (userId: string) => {
    const bookings: string[] = [];
    while (!isOver) {
      const request = nextRequest(userId, bookings);
      const { id, kind, lane } = submissionOf(request);
      await untilAcknowledged(request);
      appendFileSync(history, `${JSON.stringify({ id, userId: lane, kind })}\n`);
      count += 1;
      if (kind === 'booking.create') bookings.push(id);
      await pause(chance.whole(0, pauseMaxMs));
    }
  };
  const nextRequest = (userId: string, bookings: readonly string[]): Request => {
    const booked = chance.oneOf(bookings);
    const roll = chance.whole(1, 10);
    if (roll <= 5) return booking(userId, chance.oneOf(practitioners) ?? userId, chance.whole(0, 400));
    if (roll <= 7 && booked !== undefined) return cancellation(userId, booked);
    if (roll <= 9) return transfer(userId, chance.oneOf(people) ?? userId, chance.whole(1, 5));
    return allocation(userId, chance.whole(1, 20));
  };
  const untilAcknowledged = async (request: Request) => {
    const givenUpAt = Date.now() + unansweredMaxMs;
    for (let last = 'nothing'; ; ) {
      last = await send(url, jwtSecret, request);
      if (last === '200' || last === '202') return;
      if (Date.now() > givenUpAt) throw new Error(`no acknowledgement of ${request.kind}: ${last}`);
      await pause(chance.whole(10, 100));
    }
  };

  const working = Promise.all(people.map(person));
  working.catch(() => {}); // said by `stop`
  return {
    count: () => count,
    stop: async () => {
      isOver = true;
      await working;
      const lines = readFileSync(history, 'utf8').trim().split('\n');
      return lines.map((line) => acknowledged.parse(JSON.parse(line)));
    },
  };
}

/** The status of the answer, or why there is none. */
async function send(url: string, jwtSecret: string, request: Request): Promise<string> {
  const { caller, key, payload } = request;
  const { path, body } = callOf(kindOf(request).path ?? '', z.record(z.string(), z.unknown()).parse(payload));
  const token = await signToken(jwtSecret, { sub: caller.id, roles: caller.roles, expiresInSeconds: 600 });
  try {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerLimitMs),
    });
    const text = await answer.text();
    // Only what may pass is asked for again.
    if (answer.status >= 400 && ![429, 503].includes(answer.status)) throw new Error(`${answer.status}: ${text}`);
    return String(answer.status);
  } catch (error) {
    if (error instanceof Error && /^4|^500/.test(error.message)) throw error;
    return error instanceof Error ? `${error.name} ${String(error.cause ?? error.message)}` : String(error);
  }
}

/** Members of the payload that are parameters of the path go there. */
function callOf(path: string, payload: Readonly<Record<string, unknown>>) {
  const inPath = Object.keys(payload).filter((name) => path.includes(`:${name}`));
  return {
    path: inPath.reduce((filled, name) => filled.replace(`:${name}`, String(payload[name])), path),
    body: Object.fromEntries(Object.entries(payload).filter(([name]) => !inPath.includes(name))),
  };
}
