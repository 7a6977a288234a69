import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { nodeFlagsOf } from '../../shared/runtime/node-flags.ts';
import { until } from './until.ts';

/** A process of ours, as it runs in production: compiled, on its own, told what to do by its environment. */
export interface RunningProcess {
  readonly pid: number;
  readonly isAlive: () => boolean;
  /** The end of what it has written so far, to both of its outputs. */
  readonly output: () => string;
  readonly untilItSays: (text: string | RegExp, limitMs?: number) => Promise<void>;
  /** SIGSTOP, SIGCONT and the like; for the end of it see `kill` and `stop`. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Ends it without a warning. */
  readonly kill: () => Promise<Exit>;
  /** Asks it to drain, and waits until it is gone. */
  readonly stop: () => Promise<Exit>;
  readonly ended: Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From SIGTERM or SIGKILL, if there was one, to the end. */
  readonly tookMs: number;
}

/** Kept of what a process writes: the end is what a failed test wants to see. */
const outputLengthMax = 200_000;

/** A drain has 20 s; what takes longer hangs. */
const stopLimitMs = 30_000;

/**
 * Starts a compiled program of `dist/`. Whoever starts a process ends it: one that is still there when its test has
 * passed makes it fail, and is killed in any case. Should this process be killed, the channel to it ends the other.
 */
export function startProcess(entry: string, env: Readonly<Record<string, string>>): RunningProcess {
  const file = fileURLToPath(new URL(`../../dist/${entry}`, import.meta.url));
  const child = spawn(process.execPath, [...nodeFlagsOf(entry), file], {
    env: { PATH: process.env.PATH, NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = `${output}${chunk.toString('utf8')}`.slice(-outputLengthMax);
    });
  }
  let askedAt = Date.now();
  let isAlive = true;
  const ended = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      isAlive = false;
      resolve({ code, signal, tookMs: Date.now() - askedAt });
    });
  });
  const end = (signal: NodeJS.Signals) => {
    askedAt = Date.now();
    child.kill(signal);
    return ended;
  };

  const started: RunningProcess = {
    pid: child.pid ?? 0,
    isAlive: () => isAlive,
    output: () => output,
    untilItSays: async (text, limitMs = 20_000) => {
      await until(
        `${entry} says ${text}`,
        () => isSaid(output, text) || failWhenEnded(entry, isAlive, output),
        limitMs,
      );
    },
    signal: (signal) => {
      child.kill(signal);
    },
    kill: () => end('SIGKILL'),
    stop: async () => {
      const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
      const exit = await end('SIGTERM');
      clearTimeout(late);
      return exit;
    },
    ended,
  };
  onTestFinished(async ({ task }) => {
    if (!isAlive) return;
    await started.kill();
    if (task.result?.state !== 'fail') throw new Error(`${entry} (process ${started.pid}) was left running`);
  });
  return started;
}

/** What the process holds in memory now, and the most that it ever did, in MB. */
export function memoryOf({ pid }: RunningProcess): { readonly nowMb: number; readonly mostMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mbOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024;
  return { nowMb: mbOf('VmRSS'), mostMb: mbOf('VmHWM') };
}

function isSaid(output: string, text: string | RegExp): boolean {
  return typeof text === 'string' ? output.includes(text) : text.test(output);
}

function failWhenEnded(entry: string, isAlive: boolean, output: string): false {
  if (!isAlive) throw new Error(`${entry} has ended: ${output.slice(-2_000)}`);
  return false;
}
