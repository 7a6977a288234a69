import type { Express } from 'express';
import type pg from 'pg';
import { runAudit } from '../db/audit.ts';
import { createPool } from '../db/client.ts';
import { missingObjects } from '../db/required-objects.ts';
import { openSettlements } from '../db/settlements.ts';
import { readWaitingCount } from '../db/waiting-count.ts';
import type { OperationKind } from '../shared/operations/define.ts';
import { operations } from '../shared/operations/registry.ts';
import { type Config, ConfigError } from '../shared/runtime/config.ts';
import { jwtSecretOf } from '../shared/runtime/jwt-secret.ts';
import { createLogger, type Logger } from '../shared/runtime/log.ts';
import { type Resolve, resolveHost } from '../shared/runtime/outgoing/guarded-lookup.ts';
import { openProducer } from '../shared/runtime/queues.ts';
import { createAcceptance } from './acceptance/acceptance.ts';
import { createBackpressure } from './acceptance/backpressure.ts';
import { createPacing, eventLoopShare } from './acceptance/pacing.ts';
import { impatient } from './acceptance/record.ts';
import { createWakeQueue } from './acceptance/wake-queue.ts';
import { createApp } from './app.ts';
import { listen } from './http/listener.ts';
import { createMetrics } from './http/metrics.ts';

export interface RunningApi {
  readonly app: Express;
  /** Where it listens, no slash at the end. */
  readonly url: string;
  /** Takes nothing new, answers what it has, and gives everything back. */
  readonly close: () => Promise<void>;
}

export interface ApiOptions {
  readonly log?: Logger;
  /** Those of the registry unless a test brings more. */
  readonly kinds?: readonly OperationKind[];
  /** How the names of event endpoints are resolved; the system's way unless a test brings another. */
  readonly resolve?: Resolve;
}

/** One accepts, the others are for directory writes and for those who wait. */
const appConnections = 6;
const readerConnections = 8;

/** Starts the API in this process; with port 0 on any that is free. Throws a ConfigError for what is not set. */
export async function startApi(config: Config, options: ApiOptions = {}): Promise<RunningApi> {
  const { databaseUrl } = config;
  if (databaseUrl === null)
    throw new ConfigError('DATABASE_URL must be set for a process of its own; npm start sets it.');
  const { log = createLogger('api', config.logLevel), kinds = operations, resolve = resolveHost } = options;
  const jwtSecret = await jwtSecretOf(config);

  const logError = (error: Error) => log.warn({ err: error }, 'database connection');
  const app = createPool(databaseUrl, { role: 'app', name: 'counterfoil-api', max: appConnections, log: logError });
  const reader = createPool(databaseUrl, {
    role: 'reader',
    name: 'counterfoil-api-reader',
    max: readerConnections,
    log: logError,
  });
  const producer = openProducer({ redisUrl: config.redisUrl, databaseUrl, log });
  const settlements = openSettlements({ pool: app, databaseUrl, log });
  const metrics = createMetrics(producer);
  const wakes = createWakeQueue({ producer, log });
  const queues = new Map(kinds.map(({ kind, queue }) => [kind, queue]));
  const acceptance = createAcceptance({
    on: impatient(app),
    backpressure: createBackpressure({
      waitingMax: config.maxWaiting,
      count: () => readWaitingCount(impatient(app)),
      now: () => performance.now(),
    }),
    wakes,
    waitingPerLaneMax: config.maxWaitingPerUser,
    pacing: createPacing({ busyShare: eventLoopShare(), now: () => performance.now() }),
    count: metrics.countSubmission,
  });

  const handler = createApp({
    config,
    jwtSecret,
    kinds,
    app,
    reader,
    acceptance,
    settlements,
    wake: (recorded) => wakes.push(recorded.flatMap((one) => ({ queue: queues.get(one.kind) ?? 'booking', ...one }))),
    producer,
    audit: () => runAudit(reader),
    metrics,
    resolve,
    log,
  });
  const listener = await listen(handler, config);
  void reportMissing(app, log);
  log.info({ url: listener.url, queues: producer.backend }, 'API is listening');

  return {
    app: handler,
    url: listener.url,
    close: async () => {
      const closed = listener.close();
      // Whoever waits for an outcome is told how it stands now, and streams end.
      settlements.stop();
      await closed;
      await acceptance.drained();
      await settlements.close();
      await Promise.allSettled([producer.close(), app.end(), reader.end()]);
    },
  };
}

/** What is missing is in the log at once; whether we serve all the same is for whoever reads /readyz. */
async function reportMissing(app: pg.Pool, log: Logger): Promise<void> {
  try {
    const missing = await missingObjects(app);
    if (missing.length > 0) log.error({ missing }, 'the database lacks what this version needs; run the migrations');
  } catch (error) {
    log.warn({ err: error }, 'the database cannot be checked yet');
  }
}
