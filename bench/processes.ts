import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nodeFlagsOf } from '../shared/runtime/node-flags.ts';

/** One of the processes that are measured. */
export interface Party {
  /** Stops it in its tracks (SIGSTOP), so that work can be laid out in front of it. */
  readonly hold: () => void;
  readonly release: () => void;
  /** Throws when it has died, which no party may. */
  readonly assertAlive: () => void;
  readonly memory: () => Memory;
  /** The next message that it sends us. */
  readonly message: () => Promise<unknown>;
  readonly send: (message: object) => void;
  /** Asks it to drain, and waits until it is gone. */
  readonly stop: () => Promise<void>;
  readonly kill: () => void;
}

export interface Memory {
  readonly residentMb: number;
  /** The most that it ever was. */
  readonly peakMb: number;
}

const stopLimitMs = 25_000;

/** All that run, so that none outlives us. */
const running = new Set<ChildProcess>();

/** Starts a compiled main file, such as `workers/main.js`, with an environment of its own. */
export function startParty(entry: string, env: Readonly<Record<string, string>>): Party {
  const child = spawn(
    process.execPath,
    [...nodeFlagsOf(entry), fileURLToPath(new URL(`../${entry}`, import.meta.url))],
    // What it says goes to standard error: standard output is the table's alone.
    { env: { ...environmentOfMachine(), ...env }, stdio: ['ignore', 2, 2, 'ipc'] },
  );
  running.add(child);
  child.once('exit', () => running.delete(child));
  const ended = once(child, 'exit');

  const assertAlive = () => {
    const { exitCode, signalCode } = child;
    if (exitCode !== null || signalCode !== null) throw new Error(`${entry} died (${signalCode ?? exitCode})`);
  };
  return {
    hold: () => child.kill('SIGSTOP'),
    release: () => child.kill('SIGCONT'),
    assertAlive,
    memory: () => memoryOf(child.pid ?? 0),
    message: async () => {
      const message: unknown[] = await Promise.race([
        once(child, 'message'),
        ended.then(() => {
          throw new Error(`${entry} ended without a word`);
        }),
      ]);
      return message[0];
    },
    send: (message) => child.send(message),
    stop: async () => {
      assertAlive();
      child.kill('SIGTERM');
      await Promise.race([ended, pause(stopLimitMs, undefined, { ref: false })]);
      if (child.exitCode !== 0) throw new Error(`${entry} did not end well (${child.signalCode ?? child.exitCode})`);
    },
    kill: () => child.kill('SIGKILL'),
  };
}

/** Ends all that run, without a warning: for the end of this process, whatever the reason. */
export function killParties(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Our own settings, if somebody has set any, are not the parties'. */
function environmentOfMachine(): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
}

function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  return { residentMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}
