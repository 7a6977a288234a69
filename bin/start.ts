import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { claimEmbedded } from '../db/embedded/claim.ts';
import { startEmbedded } from '../db/embedded/cluster.ts';
import { describeError, failureKindOf, sqlStateOf } from '../db/failures.ts';
import { migrate } from '../db/migrate.ts';
import { seedDemo } from '../db/seed.ts';
import { type Config, loadConfig, localUrlOf } from '../shared/runtime/config.ts';
import { jwtSecretOf } from '../shared/runtime/jwt-secret.ts';
import { createLogger, type Logger } from '../shared/runtime/log.ts';
import { installShutdown, type Shutdown } from '../shared/runtime/shutdown.ts';
import { keepRunning, type Service } from './child-process.ts';
import { isForPeople, StartError } from './command.ts';
import { type StandIn, standInOn, wantsStandIn } from './stand-in.ts';
import { welcome } from './welcome.ts';

/*
 * `npm start`: everything on one machine, one process for each part.
 *
 * Up:   PostgreSQL (embedded, unless DATABASE_URL is set) → migrations → demo data → a stand-in for Stripe (with demo
 *       data, unless anything is set about Stripe) → API and workers → /readyz.
 * Down: API (takes nothing new, answers what it has) → workers (finish their batches) → stand-in → PostgreSQL. A SIGKILL
 *       of this process is survived: the others see that it is gone and drain, PostgreSQL goes on and is found and used
 *       by the next start.
 */

/** Each part has its own limit; this one only ends what hangs. */
const shutdownLimitMs = 60_000;

const readyLimitMs = 60_000;

/** For how long an API that was left behind by a killed start may go on answering what it had. */
const portWaitMs = { usual: 2_000, afterKill: 25_000 };

/** SQLSTATEs of a wrong user or password, and of a database that is not there. */
const notLetIn = /^(28|3D)/;

await main();

async function main(): Promise<void> {
  let shutdown: Shutdown | undefined;
  try {
    const config = loadConfig(process.env);
    const log = createLogger('start', config.logLevel);
    shutdown = installShutdown({ log, limitMs: shutdownLimitMs });
    await start(config, log, shutdown);
  } catch (error) {
    if (shutdown?.signal.aborted) return; // what was being started is being stopped
    console.error(isForPeople(error) ? error.message : error);
    if (shutdown === undefined) process.exit(1);
    shutdown.begin('the start has failed', 1);
  }
}

async function start(config: Config, log: Logger, shutdown: Shutdown): Promise<void> {
  const jwtSecret = await jwtSecretOf(config);
  const database = await openDatabase(config, log, shutdown);
  const port = await freePortOf(config, database.wasLeftBehind ? portWaitMs.afterKill : portWaitMs.usual);
  await prepareDatabase(database.url, config, log);
  if (shutdown.signal.aborted) return;

  const standIn = wantsStandIn(config) ? standInOn(await freeLocalPort(), localUrlOf({ ...config, port })) : null;
  const own = { DATABASE_URL: database.url, JWT_SECRET: jwtSecret, PORT: String(port) };
  const env = { ...process.env, ...own, ...standIn?.settings };
  const service = (name: string, file: string) => keepRunning({ name, entry: compiled(file), env, log });
  const cards = standIn === null ? [] : [startStandIn(standIn, log)];
  shutdown.before('stand-in for Stripe', () => stopAll(cards));
  const workers = Array.from({ length: config.workerCount }, (_, n) => service(`worker ${n + 1}`, 'workers/main.js'));
  shutdown.before('workers', () => stopAll(workers));
  const api = service('API', 'api/main.js');
  shutdown.before('API', api.stop);

  const services = [api, ...workers, ...cards];
  const running = loadConfig(env);
  await Promise.race([untilReady(running, shutdown.signal), ...services.map(({ failedStart }) => failedStart)]);
  for (const { hasStarted } of services) hasStarted();
  if (shutdown.signal.aborted) return;
  const embeddedIn = database.embeddedIn;
  const standInUrl = standIn?.url ?? null;
  console.log(await welcome({ config: running, jwtSecret, seeded: config.seedDemo, embeddedIn, standInUrl }));
}

function startStandIn({ env }: StandIn, log: Logger): Service {
  const name = 'stand-in for Stripe';
  return keepRunning({
    name,
    entry: compiled('bin/demo/fake-stripe/main.js'),
    env: { ...process.env, ...env },
    log,
  });
}

async function freeLocalPort(): Promise<number> {
  const port = await tryPort('127.0.0.1', 0);
  if (typeof port !== 'number') throw new StartError(`No port of 127.0.0.1 can be used: ${port.message}`);
  return port;
}

interface OpenDatabase {
  readonly url: string;
  /** Where its files are; null when it is not ours. */
  readonly embeddedIn: string | null;
  /** Whether the last start was killed, so that other parts of it may still be around. */
  readonly wasLeftBehind: boolean;
}

async function openDatabase(config: Config, log: Logger, shutdown: Shutdown): Promise<OpenDatabase> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, embeddedIn: null, wasLeftBehind: false };

  const starting = startEmbedded({ dataDir: config.dataDir, log: (line) => log.info(line), watched: true });
  // From here on a signal waits for it, so that no half-started server is left behind.
  const owning = starting.then(async (embedded) => ({ embedded, claim: await claimEmbedded(embedded.url) }));
  shutdown.before('PostgreSQL', async () => {
    const owned = await owning.catch(() => null);
    if (owned?.claim == null) return;
    await owned.claim.release();
    await owned.embedded.stop();
  });
  const { embedded, claim } = await owning;
  if (claim === null) throw new StartError(`Counterfoil already runs on ${config.dataDir}: stop it, or set DATA_DIR.`);
  if (embedded.reused) log.warn('PostgreSQL was still running from a start that was killed; it is used');
  return { url: embedded.url, embeddedIn: embedded.directory, wasLeftBehind: embedded.reused };
}

async function prepareDatabase(url: string, { seedDemo: isWanted }: Config, log: Logger): Promise<void> {
  try {
    await migrate(url);
    if (isWanted) await seedDemo(url, (line) => log.info(line));
  } catch (error) {
    const isRefused = notLetIn.test(sqlStateOf(error) ?? '');
    if (!isRefused && failureKindOf(error) !== 'connection') throw error;
    throw new StartError(`PostgreSQL at ${new URL(url).host} cannot be used: ${describeError(error)}`);
  }
}

/** The port to listen on; with PORT=0 any that is free. Says so in one line when it is taken. */
async function freePortOf({ host, port }: Config, waitMs: number): Promise<number> {
  const deadline = Date.now() + waitMs;
  while (true) {
    const outcome = await tryPort(host, port);
    if (typeof outcome === 'number') return outcome;
    const isTaken = outcome.code === 'EADDRINUSE';
    if (!isTaken) throw new StartError(`PORT ${port} on ${host} cannot be used: ${outcome.message}`);
    if (Date.now() > deadline) throw new StartError(`PORT ${port} is taken: stop what listens there, or set PORT.`);
    await pause(200);
  }
}

function tryPort(host: string, port: number): Promise<number | NodeJS.ErrnoException> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

async function untilReady(config: Config, ended: AbortSignal): Promise<void> {
  const deadline = Date.now() + readyLimitMs;
  let last = 'no answer';
  while (Date.now() < deadline && !ended.aborted) {
    try {
      const answer = await fetch(`${localUrlOf(config)}/readyz`, { signal: AbortSignal.timeout(5_000) });
      if (answer.ok) return;
      last = `${answer.status} ${await answer.text()}`;
    } catch (error) {
      last = describeError(error);
    }
    await pause(100);
  }
  if (!ended.aborted) throw new StartError(`The API did not become ready: ${last}`);
}

async function stopAll(services: readonly Service[]): Promise<void> {
  const ends = await Promise.allSettled(services.map(({ stop }) => stop()));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** This file runs compiled, as `dist/bin/start.js`. */
function compiled(file: string): string {
  return fileURLToPath(new URL(`../${file}`, import.meta.url));
}
