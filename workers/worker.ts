import { randomUUID } from 'node:crypto';
import type { Submission } from '../db/accept.ts';
import { createPool } from '../db/client.ts';
import { connectionNameOf, forgetBatches, noteBatch } from '../db/sweep.ts';
import { type QueueName, wakeUpIdOf } from '../shared/contract/queues.ts';
import type { OperationKind } from '../shared/operations/define.ts';
import type { Config } from '../shared/runtime/config.ts';
import type { Logger } from '../shared/runtime/log.ts';
import { openWorkers } from '../shared/runtime/queue-workers.ts';
import { openProducer } from '../shared/runtime/queues.ts';
import { wakesOf } from '../shared/runtime/wakes.ts';
import { type ApplyContext, applyLanes } from './apply-lanes.ts';
import { createCollector } from './collector.ts';
import { startDeliverer as startEvents } from './events/deliverer.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { startDelivery } from './outbox/delivery.ts';
import { ownClaims } from './own-claims.ts';
import { schedulesOf } from './schedules/schedules.ts';
import { startTimekeeper } from './schedules/timekeeper.ts';
import { settingsOf } from './settings.ts';
import { startAttendant } from './stripe/attendant.ts';
import { openStripe } from './stripe/client.ts';
import { startSweeper } from './sweeper.ts';

export interface WorkerOptions {
  readonly config: Config & { readonly databaseUrl: string };
  readonly operations: readonly OperationKind[];
  readonly log: Logger;
}

export interface RunningWorker {
  /** Takes no more jobs, commits the batches in hand, closes everything. */
  close(): Promise<void>;
}

/** Batches at a time in one process: while one waits for PostgreSQL, the other decides. */
const committers = 2;

/** In all of them: large enough to make a transaction cheap per operation, small enough to commit within tens of ms. */
const operationsAtOnceMax = 1_024;

/** A kind that this process does not know goes through this queue. */
const queueOfUnknownKinds: QueueName = 'booking';

/** One worker process: queues → collector → batches, and its turn at sweeping and at keeping time. Any number of them may run. */
export function startWorker({ config, operations, log }: WorkerOptions): RunningWorker {
  const workerId = randomUUID();
  const kinds = new Map(operations.map((kind) => [kind.kind, kind]));
  const queueOf = (kind: string) => kinds.get(kind)?.queue ?? queueOfUnknownKinds;

  // Of each committer: its transaction, and the note of what it has in hand. The others are for what goes on beside.
  const pool = createPool(config.databaseUrl, {
    role: 'app',
    name: connectionNameOf(workerId),
    max: committers * 2 + 6,
    log: (error) => log.warn({ err: error }, 'database connection'),
  });
  const queueConfig = { redisUrl: config.redisUrl, databaseUrl: config.databaseUrl, log };
  const producer = openProducer(queueConfig);

  const onRecorded = (recorded: readonly Submission[]) =>
    producer.add(wakesOf(recorded.map((one) => ({ queue: queueOf(one.kind), ...one }))));
  const stripe = openStripe(config);
  // What follows from an answer is applied where it was heard, at once: customers wait for it. A job would take a detour,
  // and is added when it cannot be; should we die, the sweeper wakes the lanes.
  const applyHere = async (recorded: readonly Submission[]) => {
    collector
      .wake([...new Set(recorded.map(({ lane }) => lane))])
      .catch(() => onRecorded(recorded))
      .catch((error: unknown) => log.warn({ err: error }, 'what follows from an answer was not woken'));
  };
  const delivery = startDelivery({ pool, producer, config, stripe, onRecorded: applyHere, log });
  const context: Omit<ApplyContext, 'inHand'> = {
    pool,
    kinds,
    settings: settingsOf(config),
    log,
    alone: oneAtATime(),
    claims: ownClaims(),
    retry: { attempts: config.retryAttempts, baseMs: config.retryBaseMs },
    onBackoff: ({ id, kind, userId, attempts }, retryInMs) => {
      const data = { operations: [id], lanes: [userId] };
      // Attempts start anew when a person asks for it, and a known job id would be swallowed: the time makes it new.
      const jobId = wakeUpIdOf(id, attempts + 1, Date.now());
      const wake = { queue: queueOf(kind), id: jobId, name: kind, data, delayMs: retryInMs };
      // When it cannot be added, the sweeper wakes the lane a little later.
      producer.add([wake]).catch((error: unknown) => log.warn({ err: error, operationId: id }, 'no wake-up was added'));
    },
    onOutbox: (settled, outgoing) =>
      delivery.announce(
        settled.map(({ operation }) => operation),
        outgoing,
      ),
  };
  const collector = createCollector({
    committers,
    operationsAtOnceMax,
    serve: (committer, batch) =>
      applyLanes({ inHand: (ids) => noteBatch(pool, workerId, committer, ids), ...context }, batch),
  });
  const workers = openWorkers({
    ...queueConfig,
    name: workerId,
    serve: async ({ lanes }, queue) => (queue === 'effects' ? delivery.wake() : collector.wake(lanes)),
  });
  const sweeper = startSweeper({
    pool,
    producer,
    log,
    kinds: [...kinds.keys()],
    queueOf,
    isWaiting: collector.isWaiting,
  });
  const timekeeper = startTimekeeper({ pool, schedules: schedulesOf(config), onRecorded, log });
  const attendant = startAttendant({
    pool,
    stripe,
    compareEveryMinutes: config.stripeReconcileMinutes,
    hasMail: config.smtpUrl !== null,
    onRecorded,
    log,
  });
  const events = startEvents({
    pool,
    log,
    rules: { allowHttp: config.eventsAllowHttp, allowPrivate: config.eventsAllowPrivate },
    retryDays: config.eventRetryDays,
    retentionDays: config.eventRetentionDays,
  });

  return {
    close: async () => {
      // The collector first refuses what it has not begun, so that the queue's workers have nothing left to wait for.
      await Promise.all([
        collector.close(),
        sweeper.close(),
        timekeeper.close(),
        attendant.close(),
        delivery.close(),
        events.close(),
        workers.close(),
      ]);
      await producer.close();
      await forgetBatches(pool, workerId).catch(() => undefined);
      await pool.end();
    },
  };
}
