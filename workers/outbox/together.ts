import { setImmediate as nextTurn } from 'node:timers/promises';

interface Asked<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What is asked for in one moment, or while `work` runs, is done by the next run of `work` together: alone, nothing waits
 * for company; in a crowd, a statement serves many. `work` answers in the order of the items; when it throws, all of
 * that run have failed.
 */
export function together<Item, Result>(work: (items: readonly Item[]) => Promise<readonly Result[]>) {
  let waiting: Asked<Item, Result>[] = [];
  let isRunning = false;

  const runAll = async () => {
    isRunning = true;
    await nextTurn(); // for those of this very moment
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      await answer(asked, work);
    }
    isRunning = false;
  };

  return (item: Item): Promise<Result> =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isRunning) void runAll();
    });
}

async function answer<Item, Result>(
  asked: readonly Asked<Item, Result>[],
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<void> {
  try {
    const results = await work(asked.map(({ item }) => item));
    if (results.length !== asked.length) throw new Error(`${results.length} answers to ${asked.length} questions`);
    results.forEach((result, position) => {
      asked[position]?.resolve(result);
    });
  } catch (error) {
    for (const { reject } of asked) reject(error);
  }
}
