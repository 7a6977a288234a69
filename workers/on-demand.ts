import type { Repeating } from './repeating.ts';

/** Something that a process does whenever there may be something to do. */
export interface OnDemand extends Repeating {
  wake(): void;
}

/**
 * Does `work` now, when it is woken, and `periodMs` after the last time at the latest; never twice at a time: whoever
 * wakes it while it runs has it run once more. A failure is reported, and it rests for a period.
 */
export function onDemand(periodMs: number, work: () => Promise<void>, onFailure: (error: unknown) => void): OnDemand {
  let isClosed = false;
  let isWanted = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;

  const run = async (): Promise<void> => {
    while (isWanted && !isClosed) {
      isWanted = false;
      await work().catch((error: unknown) => {
        isWanted = false;
        onFailure(error);
      });
    }
  };
  const wake = (): void => {
    isWanted = true;
    if (running !== null || isClosed) return;
    clearTimeout(timer);
    running = run().finally(() => {
      running = null;
      // Somebody may have woken it after the last look at whether anybody has.
      if (isWanted) wake();
      else if (!isClosed) timer = setTimeout(wake, periodMs);
    });
  };
  wake();

  return {
    wake,
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
