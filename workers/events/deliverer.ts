import type pg from 'pg';
import { type Claimed, claimDeliveries, type LiveEndpoint, readLiveEndpoints } from '../../db/events/claim.ts';
import { pruneEvents } from '../../db/events/prune.ts';
import { type Finished, type Result, recordResults } from '../../db/events/results.ts';
import { failureKindOf } from '../../db/failures.ts';
import { type OperationRecord, readOperations } from '../../db/queries/operations.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import type { OutgoingRules } from '../../shared/runtime/outgoing/endpoint-url.ts';
import { type Resolve, resolveHost } from '../../shared/runtime/outgoing/guarded-lookup.ts';
import { onDemand } from '../on-demand.ts';
import { retryInMsOf } from './backoff.ts';
import { createLines, isDown } from './lines.ts';
import { messageOf } from './message.ts';
import { type Answer, type Sending, send } from './send.ts';

/**
 * Tells subscribers what has happened, at least once and, per user, in order. Rounds follow each other: record what has
 * been answered → look at the endpoints → claim what is next → send it. Between rounds everything that counts is in the
 * database; a process that dies leaves leases that end, and its deliveries are sent again under the same ids.
 */
export interface Deliverer {
  /** Takes nothing more, waits a little for what is under way and gives the rest back. */
  close(): Promise<void>;
}

export interface DelivererOptions {
  readonly pool: pg.Pool;
  readonly log: Logger;
  readonly rules: OutgoingRules;
  readonly retryDays: number;
  readonly retentionDays: number;
  /** How names are resolved; the system's way unless a test brings another. */
  readonly resolve?: Resolve;
  /** How long a subscriber may take to answer. */
  readonly timeoutMs?: number;
}

/** New events are looked for this often; as long as there are some, at once. */
const periodMs = 1_000;

const timeoutMsDefault = 10_000;

/** Longer than an attempt with its recording can take, so that nobody else sends what is still being sent. */
const leaseMs = 30_000;

/** At the end of the process subscribers get this long to answer. */
const patienceMs = 3_000;

/** One step of clearing away per period, in between: nobody waits for it. */
const pruneEveryMs = 60_000;

export function startDeliverer(options: DelivererOptions): Deliverer {
  const { pool, log, rules, retryDays, retentionDays, resolve = resolveHost, timeoutMs = timeoutMsDefault } = options;
  const lines = createLines();
  const underWay = new Map<Sending, Promise<void>>();
  let finished: Finished[] = [];
  let downEndpoints: ReadonlySet<Uuid> = new Set();
  let isClosed = false;
  let prunedAt = 0;

  const record = async (): Promise<void> => {
    const results = finished;
    if (results.length === 0) return;
    finished = [];
    try {
      await recordResults(pool, results, { retryDays, downEndpoints });
      // Only now: as long as a failure is not recorded, nobody knows how many there are.
      for (const { delivery } of results) lines.finished(delivery.endpointId);
    } catch (error) {
      finished = [...results, ...finished];
      throw error;
    }
  };

  const deliver = ({ url, secrets }: LiveEndpoint, delivery: Claimed, operation: OperationRecord): void => {
    const { type, sequence } = delivery;
    const message = messageOf(operation, { type, sequence, secrets, now: new Date() });
    const sending = send(url, message, { rules, resolve, timeoutMs });
    const done = sending.answer.then((answer) => {
      const result = resultOf(answer, delivery);
      const { endpointId, operationId, attempts } = delivery;
      log.info({ endpointId, operationId, attempts, ...result }, 'event');
      finished.push({ delivery, result });
      underWay.delete(sending);
      rounds.wake();
    });
    underWay.set(sending, done);
  };

  const runRound = async (): Promise<void> => {
    await record();
    if (isClosed) return;
    const endpoints = new Map((await readLiveEndpoints(pool)).map((endpoint) => [endpoint.id, endpoint]));
    downEndpoints = new Set([...endpoints.values()].filter(isDown).map(({ id }) => id));
    const wishes = lines.wishes([...endpoints.values()], Date.now());
    if (wishes.length === 0) return;

    const claimed = await claimDeliveries(pool, wishes, leaseMs);
    const ids = claimed.map(({ operationId }) => operationId);
    const operations = new Map(ids.length === 0 ? [] : (await readOperations(pool, ids)).map((row) => [row.id, row]));
    const outgoing = claimed.flatMap((delivery) => {
      const endpoint = endpoints.get(delivery.endpointId);
      const operation = operations.get(delivery.operationId);
      return endpoint === undefined || operation === undefined ? [] : [{ endpoint, delivery, operation }];
    });
    const taken = outgoing.map(({ delivery }) => delivery);
    if (lines.taken(wishes, taken)) rounds.wake();
    for (const { endpoint, delivery, operation } of outgoing) deliver(endpoint, delivery, operation);
  };

  const prune = async (): Promise<void> => {
    if (isClosed || Date.now() - prunedAt < pruneEveryMs) return;
    if (!(await pruneEvents(pool, retentionDays))) prunedAt = Date.now();
  };

  const work = async (): Promise<void> => {
    await runRound();
    await prune();
  };
  const rounds = onDemand(periodMs, work, (error) =>
    log.warn({ err: error, failure: failureKindOf(error) }, 'events cannot be delivered at the moment'),
  );

  return {
    close: async () => {
      isClosed = true;
      await rounds.close();
      const giveUp = setTimeout(() => {
        for (const sending of underWay.keys()) sending.abort();
      }, patienceMs);
      await Promise.all(underWay.values());
      clearTimeout(giveUp);
      // What cannot be recorded now is sent again when its lease has ended.
      await record().catch((error: unknown) => log.warn({ err: error }, 'answers of subscribers are lost'));
    },
  };
}

function resultOf(answer: Answer, { failures }: Claimed): Result {
  const { statusCode } = answer;
  if (statusCode !== null && statusCode >= 200 && statusCode < 300) return { status: 'delivered', statusCode };
  if (statusCode === null && answer.isAborted) return { status: 'released' };
  return {
    status: 'failed',
    statusCode,
    error: statusCode === null ? answer.error : `answered ${statusCode}`,
    retryInMs: retryInMsOf(failures + 1, Math.random()),
    isGone: statusCode === 410,
  };
}
