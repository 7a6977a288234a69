import { setTimeout as pause } from 'node:timers/promises';
import type { Submission } from '../../db/accept.ts';
import { failureKindOf } from '../../db/failures.ts';
import type { Queryable } from '../../db/statement.ts';
import type { QueueName } from '../../shared/contract/queues.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { SubmissionResult } from '../http/metrics.ts';
import { Problem, unavailable } from '../http/problem.ts';
import { rateLimited } from '../http/rate-limit.ts';
import type { Backpressure } from './backpressure.ts';
import { type RecordResult, record } from './record.ts';
import type { WakeQueue } from './wake-queue.ts';

/*
 * Requests become rows here. Whatever is submitted while a statement runs goes into the next one, so that under load
 * one statement, one round trip and one commit carry hundreds of operations, and alone an operation waits for nobody;
 * only while processors are short is there a pause before a statement, so that it has company.
 * Only after the commit is anybody answered, and only then are jobs added.
 */

/** Recorded now, or found as recorded before: under the same id, with the same fingerprint. */
export type Accepted = { readonly status: 'accepted'; readonly acceptedAt: Date } | { readonly status: 'repeated' };

export interface Acceptance {
  /** Throws 422 for a key that was used for something else, 429 when too much waits, 503 when nothing can be recorded. */
  readonly submit: (submission: Submission, queue: QueueName) => Promise<Accepted>;
  /** Resolves when all that was submitted is recorded and its jobs are added. */
  readonly drained: () => Promise<void>;
}

export interface AcceptanceOptions {
  readonly on: Queryable;
  readonly backpressure: Backpressure;
  readonly wakes: WakeQueue;
  readonly waitingPerLaneMax: number;
  /** How many ms the next statement waits for company. */
  readonly pacing: () => number;
  readonly count: (kind: string, result: SubmissionResult) => void;
}

/** `refused` is about the lane, `full` about all of them together. */
type Result = RecordResult | { readonly status: 'full' };

const full = { status: 'full' } as const;

/** Some 200 kB of parameters; more in one statement gains nothing. */
const perStatementMax = 500;

/** Requests that wait for a statement: some seconds' worth, after which callers had better come back later. */
const pendingMax = 20_000;

interface Pending {
  readonly submission: Submission;
  readonly queue: QueueName;
  readonly answer: Promise<Result>;
  readonly settle: (result: Result) => void;
}

export function createAcceptance(options: AcceptanceOptions): Acceptance {
  const { wakes, pacing, count } = options;
  /** By id: waiting, or in the statement that runs. */
  const pending = new Map<Uuid, Pending>();
  let waiting: Pending[] = [];
  let running: Promise<void> | null = null;

  const run = async () => {
    while (waiting.length > 0) {
      const pauseMs = pacing();
      if (pauseMs > 0) await pause(pauseMs);
      const batch = waiting.slice(0, perStatementMax);
      waiting = waiting.slice(perStatementMax);
      const results = await recordBatch(options, batch);
      const recorded = batch.filter((_, position) => results[position]?.status === 'accepted');
      batch.forEach(({ submission, settle }, position) => {
        pending.delete(submission.id);
        settle(results[position] ?? { status: 'refused' });
      });
      wakes.push(recorded.map(({ submission: { id, kind, lane }, queue }) => ({ id, kind, lane, queue })));
    }
    running = null;
  };

  const resultOf = async (submission: Submission, queue: QueueName): Promise<Result> => {
    for (;;) {
      const same = pending.get(submission.id);
      if (same === undefined) break;
      const result = await same.answer;
      // The same request shares the answer; another one under the same key is judged by what is recorded then.
      if (same.submission.fingerprint.equals(submission.fingerprint)) return result;
    }
    if (pending.size >= pendingMax) return { status: 'failed', error: unavailable('Too many requests wait already.') };
    const entry = pendingOf(submission, queue);
    pending.set(submission.id, entry);
    waiting.push(entry);
    running ??= run();
    return entry.answer;
  };

  return {
    submit: async (submission, queue) => {
      const result = await resultOf(submission, queue);
      count(submission.kind, result.status);
      return acceptedOf(result);
    },
    drained: async () => {
      while (running !== null) await running;
      await wakes.drained();
    },
  };
}

function pendingOf(submission: Submission, queue: QueueName): Pending {
  let settle: Pending['settle'] = () => undefined;
  const answer = new Promise<Result>((resolve) => {
    settle = resolve;
  });
  return { submission, queue, answer, settle };
}

/** Never throws: what cannot be recorded is answered as such, each on its own. */
async function recordBatch(
  { on, backpressure, waitingPerLaneMax }: AcceptanceOptions,
  batch: readonly Pending[],
): Promise<Result[]> {
  try {
    const room = await backpressure.admit(batch.length);
    const submissions = batch.map(({ submission }) => submission);
    const admitted = await record(on, submissions.slice(0, room), waitingPerLaneMax);
    backpressure.accepted(admitted.filter(({ status }) => status === 'accepted').length);
    // No room for anything new, but who repeats a request must find its operation: with none allowed to wait, new
    // ones are refused and recorded ones recognised.
    const overflowing = await record(on, submissions.slice(room), 0);
    return [...admitted, ...overflowing.map((result) => (result.status === 'refused' ? full : result))];
  } catch (error) {
    return batch.map(() => ({ status: 'failed', error }));
  }
}

/** Seconds until somebody who was refused may try again: about what a worker needs for some thousand operations. */
const retryAfterSeconds = 2;

function acceptedOf(result: Result): Accepted {
  switch (result.status) {
    case 'accepted':
      return { status: 'accepted', acceptedAt: result.acceptedAt };
    case 'repeated':
      return { status: 'repeated' };
    case 'reused':
      throw new Problem(
        'idempotency_key_reused',
        'This idempotency key was used before, with another method, path or body. Nothing was done.',
      );
    case 'refused':
      throw rateLimited('The lane is full: too many operations of this user wait already.', retryAfterSeconds);
    case 'full':
      throw rateLimited('Too many operations wait already, of all users together.', retryAfterSeconds);
    case 'failed':
      throw problemOfFailure(result.error);
  }
}

function problemOfFailure(error: unknown): unknown {
  if (error instanceof Problem || failureKindOf(error) === 'poison') return error;
  return unavailable('Nothing can be recorded at the moment. Trying again with the same key is safe.', error);
}
