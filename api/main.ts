import { ConfigError, loadConfig } from '../shared/runtime/config.ts';
import { createLogger } from '../shared/runtime/log.ts';
import { onParentGone } from '../shared/runtime/parent.ts';
import { installShutdown } from '../shared/runtime/shutdown.ts';
import { startApi } from './server.ts';

try {
  const config = loadConfig(process.env);
  const log = createLogger('api', config.logLevel);
  const shutdown = installShutdown({ log });
  onParentGone(() => shutdown.begin('the parent process is gone'));
  const api = await startApi(config, { log });
  shutdown.before('API', api.close);
} catch (error) {
  const isForPeople = error instanceof ConfigError;
  process.stderr.write(`${isForPeople ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(1);
}
