import type { OperationKind } from '../shared/operations/define.ts';
import { type Config, ConfigError, loadConfig } from '../shared/runtime/config.ts';
import { createLogger } from '../shared/runtime/log.ts';
import { onParentGone } from '../shared/runtime/parent.ts';
import { assertRedisKeepsJobs } from '../shared/runtime/queue-workers.ts';
import { installShutdown } from '../shared/runtime/shutdown.ts';
import { startTelemetry } from '../shared/runtime/telemetry.ts';
import { startWorker } from './worker.ts';

/** A worker process from start to end: environment, checks, work, drain on SIGTERM within the shutdown's limit. */
export async function runWorkerProcess(operations: readonly OperationKind[]): Promise<void> {
  try {
    const config = loadConfig(process.env);
    const databaseUrl = databaseUrlOf(config);
    if (config.nodeEnv === 'production' && config.redisUrl !== null) await assertRedisKeepsJobs(config.redisUrl);

    const log = createLogger('worker', config.logLevel);
    const shutdown = installShutdown({ log });
    onParentGone(() => shutdown.begin('the parent process is gone'));
    const telemetry = await startTelemetry(config, 'counterfoil-worker');
    const worker = startWorker({ config: { ...config, databaseUrl }, operations, log });
    shutdown.before('worker', async () => {
      await worker.close();
      await telemetry.close();
    });
    log.info({ queues: config.redisUrl === null ? 'postgres' : 'redis' }, 'worker is running');
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

function databaseUrlOf({ databaseUrl }: Config): string {
  if (databaseUrl === null)
    throw new ConfigError('DATABASE_URL must be set for a process of its own; npm start sets it.');
  return databaseUrl;
}
