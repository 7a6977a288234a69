/** Something that a process does again and again beside its jobs. */
export interface Repeating {
  /** Begins no further round, and waits for the one that runs. */
  close(): Promise<void>;
}

/** Does `work` now and `pauseMs` after each time that it has ended; a round that fails is reported, and the next comes. */
export function repeating(pauseMs: number, work: () => Promise<void>, onFailure: (error: unknown) => void): Repeating {
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  const tick = (): void => {
    round = work()
      .catch(onFailure)
      .finally(() => {
        if (!isClosed) timer = setTimeout(tick, pauseMs);
      });
  };
  tick();

  return {
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await round;
    },
  };
}
