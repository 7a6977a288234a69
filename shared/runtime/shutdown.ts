import type { Logger } from './log.ts';

/** What a process does before it ends. */
export interface Shutdown {
  /**
   * Registers what must happen before the process may end. The latest comes first: whoever is built on something else
   * registers after it and is taken down before it.
   */
  readonly before: (name: string, step: () => Promise<void> | void) => void;
  /** Runs every step and ends the process; further calls change nothing. Code 0 unless a step failed or took too long. */
  readonly begin: (why: string, exitCode?: number) => void;
  /** Aborted as soon as the end has begun. */
  readonly signal: AbortSignal;
}

export interface ShutdownOptions {
  readonly log: Pick<Logger, 'info' | 'error'>;
  /** For all steps together. */
  readonly limitMs?: number;
}

const limitMsDefault = 20_000;

/**
 * Ctrl-C reaches a program twice when npm runs it: from the terminal and from npm. Only what comes later than this is
 * a person who does not want to wait.
 */
const impatienceMs = 700;

interface Step {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

/**
 * Ends this process in order on SIGTERM and SIGINT: the steps run one after the other, each for as long as is left of
 * the limit; one that fails or hangs does not keep the others from running. A second signal ends it at once.
 */
export function installShutdown({ log, limitMs = limitMsDefault }: ShutdownOptions): Shutdown {
  const steps: Step[] = [];
  const ending = new AbortController();
  let begunAt = 0;

  const begin = (why: string, exitCode = 0) => {
    if (ending.signal.aborted) return;
    begunAt = Date.now();
    ending.abort();
    // Who ends with another code has said why.
    if (exitCode === 0) log.info({ why }, 'shutting down');
    void runSteps(steps, begunAt + limitMs, log).then((clean) => process.exit(clean ? exitCode : 1));
  };
  // A terminal that closes means the same; without one the signal may have been turned off on purpose (nohup).
  const signals = ['SIGTERM', 'SIGINT', ...(process.stdout.isTTY ? (['SIGHUP'] as const) : [])] as const;
  for (const signal of signals) {
    process.on(signal, () => {
      if (ending.signal.aborted && Date.now() - begunAt > impatienceMs) process.exit(1);
      begin(signal);
    });
  }
  return { before: (name, run) => steps.push({ name, run }), begin, signal: ending.signal };
}

async function runSteps(steps: Step[], deadline: number, log: ShutdownOptions['log']): Promise<boolean> {
  let clean = true;
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    try {
      await within(deadline, step);
    } catch (error) {
      clean = false;
      log.error({ err: error, step: step.name }, 'a step of the shutdown failed');
    }
  }
  return clean;
}

/** Past the deadline a step is still begun, so that what only has to be told to stop is told, but not waited for. */
async function within(deadline: number, { name, run }: Step): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not end in time`)), Math.max(0, deadline - Date.now()));
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}
