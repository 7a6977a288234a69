import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { findHome } from '../../db/embedded/home.ts';
import { findPostmaster, waitUntilGone } from '../../db/embedded/postmaster.ts';
import { stopServer } from '../../db/embedded/server.ts';
import { freePort } from '../support/free-port.ts';

/** `npm start` as a person runs it: with nothing set but the folder for its data and a port. */
interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** When it says that everything runs, or when it has ended. */
  readonly settled: Promise<unknown>;
  readonly exitCode: Promise<unknown>;
}

const operation = z.object({ status: z.string(), outcome: z.object({ bookingId: z.string() }) });

let root: string;
let port: number;
const running: Started[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'counterfoil start '));
  await chmod(root, 0o711); // when we are root, PostgreSQL runs as somebody who has to pass through
  port = await freePort();
});

afterEach(async () => {
  for (const { child, exitCode } of running.splice(0)) {
    child.kill('SIGTERM');
    await exitCode;
  }
  const server = findPostmaster(findHome(root, () => {}).data);
  if (server !== null) await stopServer(server);
  await rm(root, { recursive: true, force: true });
});

function start(env: NodeJS.ProcessEnv = {}): Started {
  // Nothing of ours, and nothing of the test runner's, which sets NODE_ENV and BASE_URL.
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn('npm', ['start'], {
    env: { PATH, HOME, TMPDIR, DATA_DIR: root, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exitCode = once(child, 'exit').then(([code]) => code);
  const saysSo = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk);
        if (output.includes('Stop with Ctrl-C')) resolve();
      });
    }
  });
  const started = { child, output: () => output, settled: Promise.race([saysSo, exitCode]), exitCode };
  running.push(started);
  return started;
}

/** What a person does with the line: pastes it into a shell. */
async function paste(line: string) {
  const { stdout } = await promisify(execFile)('sh', ['-c', line]);
  return stdout;
}

function lineOf(output: string, beginning: string): string {
  const line = output.split('\n').find((candidate) => candidate.startsWith(beginning));
  if (line === undefined) throw new Error(`no line begins with ${beginning} in:\n${output}`);
  return line;
}

it('books with the line that it prints, and still knows it after a kill -9', async () => {
  const first = start();
  await first.settled;
  expect(lineOf(first.output(), '  cards ')).toContain('a stand-in for Stripe at http://127.0.0.1:');
  const curl = lineOf(first.output(), 'curl');
  const booked = operation.parse(JSON.parse(await paste(curl)));
  expect(booked.status).toBe('succeeded');

  // npm passes no SIGKILL on: what dies is the process that it has started.
  const [program] = (await paste(`ps -o pid= --ppid ${first.child.pid}`)).trim().split(/\s+/);
  process.kill(Number(program), 'SIGKILL');
  await waitUntilGone(Number(program), 5_000);

  const second = start();
  await second.settled;
  const token = lineOf(second.output(), 'export CLIENT=').slice('export CLIENT='.length);
  const read = await fetch(`http://127.0.0.1:${port}/v1/bookings/${booked.outcome.bookingId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(read.status).toBe(200);
  // The same key, said by a line of the first start: the same operation.
  expect(operation.parse(JSON.parse(await paste(curl)))).toEqual(booked);

  second.child.kill('SIGTERM');
  expect(await second.exitCode, second.output()).toBe(0);
  expect(findPostmaster(findHome(root, () => {}).data)).toBeNull();
});

it('says in one line that it runs already, and does the one that runs no harm', async () => {
  const first = start();
  await first.settled;
  const second = start({ PORT: String(await freePort()) });
  expect(await second.exitCode).toBe(1);
  expect(lineOf(second.output(), 'Counterfoil already runs')).toContain(root);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
});

it('says in one line that its port is taken', async () => {
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const { exitCode, output } = start();
  expect(await exitCode).toBe(1);
  expect(lineOf(output(), 'PORT')).toBe(`PORT ${port} is taken: stop what listens there, or set PORT.`);
  other.close();
});

it('says in one line which variable is wrong', async () => {
  const { exitCode, output } = start({ RETRY_ATTEMPTS: 'many' });
  expect(await exitCode).toBe(1);
  expect(lineOf(output(), 'RETRY_ATTEMPTS')).toBe('RETRY_ATTEMPTS must be a whole number from 1 to 100.');
});
