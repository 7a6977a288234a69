import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../shared/runtime/log.ts';
import { nodeFlagsOf } from '../shared/runtime/node-flags.ts';
import { StartError } from './command.ts';

export interface ServiceOptions {
  /** For people and logs. */
  readonly name: string;
  /** The compiled main file. */
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

/** A process of ours that is started again whenever it dies. */
export interface Service {
  /** From now on a death is an accident; before, it means that the start has failed. */
  readonly hasStarted: () => void;
  /** Rejects with a StartError when the process dies before `hasStarted`; else it never settles. */
  readonly failedStart: Promise<never>;
  /** Asks it to drain and waits until it is gone. Rejects when that was not clean. */
  readonly stop: () => Promise<void>;
}

/** The pause before a process is started again, doubling each time that it dies soon. */
const restartPauseMs = { first: 500, max: 30_000 };

/** Whatever ran longer than this dies of something new. */
const longLifeMs = 60_000;

/** Longer than the process's own limit for its drain, so that it can tell what did not end. */
const drainLimitMs = 25_000;

/**
 * Starts the process and keeps it alive. It is detached, so that Ctrl-C in a terminal reaches only us and we decide
 * the order in which things end; and it has a channel to us, whose end tells it that we were killed (`onParentGone`).
 */
export function keepRunning({ name, entry, env, log }: ServiceOptions): Service {
  const stopping = new AbortController();
  let hasStarted = false;
  let current: ChildProcess | null = null;
  let failStart: (error: Error) => void = () => {};
  const failedStart = new Promise<never>((_, reject) => {
    failStart = reject;
  });
  failedStart.catch(() => {}); // nobody needs to wait for it

  const alive = (async () => {
    let pauseMs = restartPauseMs.first;
    while (!stopping.signal.aborted) {
      const startedAt = Date.now();
      current = spawn(process.execPath, [...nodeFlagsOf(entry), entry], {
        env,
        detached: true,
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      const end = await endOf(current);
      if (stopping.signal.aborted) return end;
      if (!hasStarted) failStart(new StartError(`${name} ended while it was starting (${end}).`));
      if (Date.now() - startedAt > longLifeMs) pauseMs = restartPauseMs.first;
      log.error({ process: name, end, pauseMs }, `${name} ended; it is started again`);
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      pauseMs = Math.min(2 * pauseMs, restartPauseMs.max);
    }
    return 'exit code 0';
  })();

  return {
    hasStarted: () => {
      hasStarted = true;
    },
    failedStart,
    stop: async () => {
      stopping.abort();
      current?.kill('SIGTERM');
      const impatience = setTimeout(() => current?.kill('SIGKILL'), drainLimitMs);
      const end = await alive;
      clearTimeout(impatience);
      if (!cleanEnds.has(end)) throw new Error(`${name} did not end well (${end})`);
    },
  };
}

/** A process that the signal itself ended had not come to where it listens for one: it had nothing in hand. */
const cleanEnds: ReadonlySet<string> = new Set(['exit code 0', 'SIGTERM']);

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}
