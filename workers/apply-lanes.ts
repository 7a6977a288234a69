import { withTransaction } from '../db/client.ts';
import { type Failure, failOperation } from '../db/fail-operation.ts';
import { describeError, failureKindOf, sqlStateOf } from '../db/failures.ts';
import { openLanes, type Waiting } from '../db/lanes.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { OutgoingKind } from '../shared/domain/outbox.ts';
import type { Logger } from '../shared/runtime/log.ts';
import type { Served } from './collector.ts';
import { dueOf, readLimitsOf } from './lane-work.ts';
import { tellOfFailure, tellOfUpdates } from './loyalty/updates.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import { type RetryPolicy, retryInMsOf } from './retry-policy.ts';
import {
  type BatchContext,
  BatchError,
  type BatchRequest,
  type BatchResult,
  runBatch,
  UnknownKindError,
} from './run-batch.ts';
import type { Settled } from './settled.ts';

/**
 * Applies lanes, whatever happens:
 *
 * 1. A batch that fails for a passing reason is tried again in place a few times; while the database is away nothing
 *    can be recorded, and the error goes back to the queue, which brings the wake-up again.
 * 2. A batch that fails all the same has a culprit. The batch is halved, and halved again, until one operation is
 *    alone in its transaction: everybody else's are committed on the way. After a timeout, which has cost all of them
 *    seconds, nobody shares a second one: each operation goes alone at once.
 * 3. What fails alone is recorded as failed: due again later, or, poison or out of attempts, in the reconciliation
 *    queue. Its lane waits for it until then; no other lane does.
 * 4. Before it gets there it is tried with less, at once, if it can do with less (`canBeReduced`).
 */

export interface ApplyContext extends BatchContext {
  readonly log: Logger;
  readonly retry: RetryPolicy;
  /** Suspects of all committers of this process take turns. */
  readonly alone: OneAtATime;
  /** Called when an operation is due again later. */
  readonly onBackoff: (operation: Waiting, retryInMs: number) => void;
  /** Called after a commit that has left something to do outside, with what was settled. */
  readonly onOutbox: (settled: readonly Settled[], outgoing: readonly OutgoingKind[]) => void;
}

/** In place, after 25, 50, 100, 200 and 400 ms (jittered): outlasts deadlocks and a broken connection. */
const triesInPlaceMax = 6;
const pauseBaseMs = 25;

/** Waiting once more for a lock or a slow statement would keep a committer from everybody else for seconds. */
const timeouts = new Set(['55P03', '57014', '25P03']);

export async function applyLanes(context: ApplyContext, request: BatchRequest): Promise<Served> {
  const result = await applyOrIsolate(context, request);
  // A lane with suspects has more to come once they are through.
  const { busy, unfinished } = merged(result, await applySuspects(context, request, result.suspect), result.suspect);
  return { busy, unfinished, depth: result.depth, strangers: result.strangers };
}

/**
 * Operations that have failed, or that a process has died with, go alone, one after the other: also of all committers of
 * this process, so that of two suspects only the one that kills it is blamed for its death.
 */
async function applySuspects(
  context: ApplyContext,
  { waits }: BatchRequest,
  lanes: readonly Uuid[],
): Promise<BatchResult> {
  let result = nothing;
  for (const lane of lanes) {
    const one = await context.alone(() => applyOrIsolate(context, { lanes: [lane], operationsMax: 1, waits }));
    result = merged(result, one, []);
  }
  return result;
}

async function applyOrIsolate(context: ApplyContext, request: BatchRequest): Promise<BatchResult> {
  try {
    return await tryInPlace(context, request);
  } catch (error) {
    const operations = error instanceof BatchError ? error.operations : [];
    if (operations.length === 0 || failureKindOf(error) === 'connection') throw error;
    return isolate(context, request, operations, error);
  }
}

async function tryInPlace(context: ApplyContext, request: BatchRequest): Promise<BatchResult> {
  for (let tries = 1; ; tries += 1) {
    try {
      const result = await runBatch(context, request);
      logBatch(context.log, result);
      tellOfUpdates(context.log, result.settled);
      if (result.outgoing.length > 0) context.onOutbox(result.settled, result.outgoing);
      return result;
    } catch (error) {
      const isHopeless = failureKindOf(error) === 'poison' || isTimeout(error);
      if (tries === triesInPlaceMax || isHopeless) throw error;
      context.log.warn({ err: error, tries }, 'a batch will be tried again');
      const pauseMs = pauseBaseMs * 2 ** (tries - 1) * (0.5 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

function isTimeout(error: unknown): boolean {
  return timeouts.has(sqlStateOf(error) ?? '');
}

/** Halves what failed: first by lanes, then, within the one lane that is left, by operations from the head on. */
async function isolate(
  context: ApplyContext,
  { lanes, operationsMax, waits, isReduced = false }: BatchRequest,
  operations: readonly Waiting[],
  error: unknown,
): Promise<BatchResult> {
  const affected = new Set(operations.map(({ userId }) => userId));
  const involved = lanes.filter((lane) => affected.has(lane));
  const untouched = lanes.filter((lane) => !affected.has(lane));
  if (operations.length > 1 && isTimeout(error))
    return merged(await applyEach(context, operations, waits), nothing, untouched);
  if (involved.length > 1) {
    const middle = Math.ceil(involved.length / 2);
    const first = await applyOrIsolate(context, { lanes: involved.slice(0, middle), operationsMax, waits });
    const second = await applyOrIsolate(context, { lanes: involved.slice(middle), operationsMax, waits });
    return merged(first, second, untouched);
  }
  if (operations.length > 1) {
    const result = await applyOrIsolate(context, {
      lanes: involved,
      operationsMax: Math.ceil(operations.length / 2),
      waits,
    });
    return merged(result, nothing, [...untouched, ...involved]);
  }
  const [culprit] = operations;
  if (culprit === undefined) return { ...nothing, unfinished: lanes };
  const failure = failureOf(context.retry, culprit, error);
  if (failure.retryInMs === null && !isReduced && context.kinds.get(culprit.kind)?.canBeReduced === true) {
    context.log.warn({ err: error, operationId: culprit.id, kind: culprit.kind }, 'an operation is tried with less');
    const result = await applyOrIsolate(context, { lanes: involved, operationsMax: 1, waits, isReduced: true });
    return merged(result, nothing, lanes);
  }
  await recordFailure(context, culprit, error, failure);
  return { ...nothing, unfinished: lanes };
}

/** Lane by lane, each operation in a transaction of its own, up to the first that cannot be applied now. */
async function applyEach(context: ApplyContext, operations: readonly Waiting[], waits: boolean): Promise<BatchResult> {
  let result = nothing;
  for (const lane of new Set(operations.map(({ userId }) => userId))) {
    let due = operations.filter(({ userId }) => userId === lane).length;
    while (due > 0) {
      const one = await applyOrIsolate(context, { lanes: [lane], operationsMax: 1, waits });
      result = merged(result, one, []);
      due = one.settled.length === 0 ? 0 : due - 1;
    }
  }
  return result;
}

/** Under the lane's lock again, because it was given up with the failed transaction: the lane may have moved. */
async function recordFailure(context: ApplyContext, culprit: Waiting, error: unknown, failure: Failure): Promise<void> {
  const isRecorded = await withTransaction(context.pool, async (tx) => {
    const [work] = dueOf(await openLanes(tx.client, [culprit.userId], readLimitsOf(1, 1)), 1);
    if (work?.operations[0]?.id !== culprit.id) return false;
    await failOperation(tx, work.lane, culprit, failure);
    return true;
  });
  if (!isRecorded) return;

  const { retryInMs, attempts } = failure;
  context.log.error(
    { err: error, operationId: culprit.id, kind: culprit.kind, attempts, retryInMs },
    retryInMs === null ? 'an operation is waiting for a person' : 'an operation will be tried again',
  );
  tellOfFailure(context.log, culprit, error, retryInMs);
  if (retryInMs !== null) context.onBackoff(culprit, retryInMs);
}

function failureOf(policy: RetryPolicy, { attempts }: Waiting, error: unknown): Failure {
  const cause = error instanceof BatchError ? error.cause : error;
  // A kind that nobody here knows may be known to the next worker of a rolling deployment: that passes.
  const isPassing = failureKindOf(cause) !== 'poison' || cause instanceof UnknownKindError;
  const tried = attempts + 1;
  return {
    error: describeError(cause),
    attempts: tried,
    retryInMs: isPassing ? retryInMsOf(policy, tried, Math.random()) : null,
  };
}

const nothing: BatchResult = {
  busy: [],
  strangers: 0,
  unfinished: [],
  suspect: [],
  depth: 0,
  settled: [],
  outgoing: [],
};

function merged(a: BatchResult, b: BatchResult, unfinished: readonly Uuid[]): BatchResult {
  return {
    busy: [...a.busy, ...b.busy],
    strangers: a.strangers + b.strangers,
    unfinished: [...a.unfinished, ...b.unfinished, ...unfinished],
    suspect: [...a.suspect, ...b.suspect],
    depth: Math.max(a.depth, b.depth),
    settled: [...a.settled, ...b.settled],
    outgoing: [...a.outgoing, ...b.outgoing],
  };
}

function logBatch(log: Logger, { settled }: BatchResult): void {
  if (settled.length === 0 || !log.isLevelEnabled('info')) return;
  const operations = settled.map(({ operation: { id, kind }, status, code }) => ({ id, kind, status, code }));
  log.info({ settled: settled.length, operations }, 'applied');
}
