import { EventEmitter, once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { type Collector, createCollector, type Served } from './collector.ts';

interface Batch {
  readonly lanes: readonly string[];
  readonly operationsMax: number;
  readonly waits: boolean;
  readonly committer: number;
  readonly end: (served?: Partial<Served>) => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
}

interface Setup {
  readonly wake: Collector['wake'];
  readonly close: Collector['close'];
  readonly isWaiting: Collector['isWaiting'];
  /** Those that have begun, in order; each ends when the test says so. */
  readonly batches: Batch[];
  /** Resolves when that many have begun. */
  readonly begun: (count: number) => Promise<void>;
  readonly lanes: () => (readonly string[])[];
}

function setup({ committers = 1, operationsPerBatchMax = 10 } = {}): Setup {
  const batches: Batch[] = [];
  const beginnings = new EventEmitter();
  const begun = async (count: number): Promise<void> => {
    while (batches.length < count) await once(beginnings, 'batch');
  };
  const collector = createCollector({
    committers,
    operationsAtOnceMax: operationsPerBatchMax * committers,
    serve: (committer, { lanes, operationsMax, waits }) =>
      new Promise((resolve, reject) => {
        batches.push({
          lanes,
          operationsMax,
          waits,
          committer,
          end: (served = {}) => {
            resolve({ busy: [], strangers: 0, unfinished: [], depth: 1, ...served });
            return turn();
          },
          fail: (error) => {
            reject(error);
            return turn();
          },
        });
        beginnings.emit('batch');
      }),
  });
  const wake: Collector['wake'] = (lanes) => {
    const woken = collector.wake(lanes);
    woken.catch(() => {}); // looked at later
    return woken;
  };
  const lanes = () => batches.map((batch) => batch.lanes);
  return { ...collector, wake, batches, begun, lanes };
}

/** Everything that does not wait for a timer has happened. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function stateOf(promise: Promise<void>): Promise<string> {
  let state = 'waiting';
  promise.then(
    () => {
      state = 'served';
    },
    (error: Error) => {
      state = error.message;
    },
  );
  await turn();
  return state;
}

describe('the collector', () => {
  it('serves a lone lane at once', async () => {
    const { wake, batches, lanes } = setup();
    const woken = wake(['a']);
    expect(lanes()).toEqual([['a']]);
    expect(await stateOf(woken)).toBe('waiting');
    await batches[0]?.end();
    expect(await stateOf(woken)).toBe('served');
  });

  it('makes one batch of all that waits when a committer is free, up to its bound', async () => {
    const { wake, batches, lanes } = setup({ operationsPerBatchMax: 3 });
    const woken = ['a', 'b', 'c', 'd', 'e'].map((lane) => wake([lane]));
    await batches[0]?.end();
    await batches[1]?.end();
    await batches[2]?.end();
    expect(lanes()).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
    expect(await Promise.all(woken.map(stateOf))).toEqual(Array(5).fill('served'));
  });

  it('answers a wake-up of several lanes when the last of them is served, whoever else woke them', async () => {
    const { wake, batches } = setup({ committers: 2, operationsPerBatchMax: 1 });
    const both = wake(['a', 'b', 'a']);
    await batches[0]?.end();
    expect(await stateOf(both)).toBe('waiting');
    await batches[1]?.end();
    expect(await stateOf(both)).toBe('served');
  });

  it('serves a lane again that is woken while it is being served: what woke it may have come too late', async () => {
    const { wake, batches, lanes } = setup({ committers: 2 });
    const first = wake(['a']);
    const second = wake(['a']);
    expect(lanes()).toEqual([['a']]); // although a committer is free
    await batches[0]?.end();
    expect(await stateOf(first)).toBe('served');
    expect(await stateOf(second)).toBe('waiting');
    await batches[1]?.end();
    expect(await stateOf(second)).toBe('served');
    expect(lanes()).toEqual([['a'], ['a']]);
  });

  it('knows who waits: nobody who is being served, because that batch may have begun too early', async () => {
    const { wake, isWaiting, batches } = setup();
    void wake(['a']);
    void wake(['b']);
    expect(['a', 'b', 'c'].map(isWaiting)).toEqual([false, true, false]);
    void wake(['a']);
    expect(isWaiting('a')).toBe(true);
    await batches[0]?.end();
    await batches[1]?.end();
    expect(['a', 'b'].map(isWaiting)).toEqual([false, false]);
  });

  it('never has one lane in two hands, and lets others pass it', async () => {
    const { wake, batches, lanes } = setup({ committers: 2 });
    void wake(['a']);
    void wake(['a']);
    void wake(['b']);
    expect(lanes()).toEqual([['a'], ['b']]);
    expect(new Set(batches.map(({ committer }) => committer)).size).toBe(2);
    await batches[1]?.end();
    expect(lanes()).toEqual([['a'], ['b']]);
    await batches[0]?.end();
    expect(lanes()).toEqual([['a'], ['b'], ['a']]);
  });

  it('takes fewer lanes where more waits in each, as long as it has to choose', async () => {
    const { wake, batches, lanes } = setup({ operationsPerBatchMax: 4 });
    wake(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']);
    await batches[0]?.end({ depth: 2 });
    await batches[1]?.end({ depth: 1 });
    await batches[2]?.end({ depth: 4 });
    wake(['j', 'k']);
    expect(lanes()).toEqual([
      ['a', 'b', 'c', 'd'],
      ['e', 'f'],
      ['g', 'h', 'i'],
      ['j', 'k'],
    ]);
  });

  it('makes one batch at a time while other processes are in the way, as large as two', async () => {
    const { wake, batches, lanes } = setup({ committers: 2, operationsPerBatchMax: 1 });
    for (const lane of ['a', 'b', 'c', 'd', 'e']) void wake([lane]);
    expect(lanes()).toEqual([['a'], ['b']]);
    await batches[0]?.end({ strangers: 1 });
    expect(lanes()).toEqual([['a'], ['b']]); // although a committer is free
    await batches[1]?.end();
    expect(lanes()).toEqual([['a'], ['b'], ['c', 'd']]);
    await batches[2]?.end();
    expect(lanes()).toEqual([['a'], ['b'], ['c', 'd'], ['e']]);
    expect(batches.map(({ operationsMax }) => operationsMax)).toEqual([1, 1, 2, 2]);
  });

  it('lets nobody wait behind a batch that waits itself, also in a crowd', async () => {
    const { wake, batches, begun, lanes } = setup({ committers: 2, operationsPerBatchMax: 1 });
    void wake(['a']);
    for (let missed = 0; missed < 4; missed += 1) {
      await batches[missed]?.end({ busy: ['a'] });
      await begun(missed + 2);
    }
    expect(batches[4]).toMatchObject({ lanes: ['a'], waits: true });
    void wake(['b']);
    expect(lanes()[5]).toEqual(['b']);
    void wake(['c']);
    expect(batches).toHaveLength(6); // no committer is free
    await batches[4]?.end();
    expect(batches).toHaveLength(6); // one of those that work at a time
    await batches[5]?.end();
    expect(lanes()[6]).toEqual(['c']);
  });

  it('takes nobody for gone because a batch has waited for them', async () => {
    const { wake, batches, begun, lanes } = setup({ committers: 2, operationsPerBatchMax: 1 });
    void wake(['a']);
    for (let missed = 0; missed < 4; missed += 1) {
      await batches[missed]?.end({ busy: ['a'], strangers: 1 });
      await begun(missed + 2);
    }
    expect(batches[4]).toMatchObject({ lanes: ['a'], waits: true });
    void wake(['b']);
    await batches[5]?.end();
    void wake(['c']);
    await batches[6]?.end(); // one more like these, and two are made at a time again
    await batches[4]?.end();
    for (const lane of ['d', 'e']) void wake([lane]);
    expect(lanes().slice(5)).toEqual([['b'], ['c'], ['d']]);
    await batches[7]?.end();
    for (const lane of ['f', 'g']) void wake([lane]);
    expect(lanes().slice(8)).toEqual([['e'], ['f']]);
  });

  it('goes on with an unfinished lane, behind the others', async () => {
    const { wake, batches, lanes } = setup({ operationsPerBatchMax: 1 });
    const woken = wake(['a']);
    void wake(['b']);
    await batches[0]?.end({ unfinished: ['a'] });
    expect(await stateOf(woken)).toBe('waiting');
    await batches[1]?.end();
    await batches[2]?.end();
    expect(await stateOf(woken)).toBe('served');
    expect(lanes()).toEqual([['a'], ['b'], ['a']]);
  });

  it('asks again for a lane that is busy elsewhere, until it was served', async () => {
    const { wake, batches, lanes, begun } = setup();
    const woken = wake(['a']);
    for (let missed = 0; missed < 3; missed += 1) {
      await batches[missed]?.end({ busy: ['a'] });
      expect(await stateOf(woken)).toBe('waiting');
      await begun(missed + 2);
    }
    await batches[3]?.end();
    expect(await stateOf(woken)).toBe('served');
    expect(lanes()).toEqual(Array(4).fill(['a']));
  });

  it('waits for a lane that was busy several times, in a batch without those that were not', async () => {
    const { wake, batches, begun } = setup();
    const woken = wake(['a']);
    for (let missed = 0; missed < 4; missed += 1) {
      await batches[missed]?.end({ busy: ['a'] });
      await begun(missed + 2);
    }
    const other = wake(['b']);
    await batches[4]?.end({ busy: ['a'] });
    await batches[5]?.end();
    expect(await stateOf(other)).toBe('served');
    await begun(7);
    await batches[6]?.end();
    expect(await stateOf(woken)).toBe('served');
    expect(batches.map(({ lanes, waits }) => `${lanes}${waits ? ' waits' : ''}`)).toEqual([
      'a',
      'a',
      'a',
      'a',
      'a waits',
      'b',
      'a waits',
    ]);
  });

  it('refuses all that a failed batch has carried, and serves what comes then', async () => {
    const { wake, batches } = setup();
    const lost = wake(['a']);
    const other = wake(['b']);
    await batches[0]?.fail(new Error('the database is away'));
    expect(await stateOf(lost)).toBe('the database is away');
    await batches[1]?.end();
    expect(await stateOf(other)).toBe('served');
    const again = wake(['a']);
    await batches[2]?.end();
    expect(await stateOf(again)).toBe('served');
  });

  it('lets the batches in hand end when it is closed, begins no other and refuses who waits', async () => {
    const { wake, close, batches, lanes } = setup();
    const served = wake(['a']);
    const waiting = wake(['b']);
    const closed = close();
    expect(await stateOf(closed)).toBe('waiting');
    expect(await stateOf(waiting)).toBe('the worker is shutting down');
    await batches[0]?.end({ unfinished: [] });
    expect(await stateOf(served)).toBe('served');
    expect(await stateOf(closed)).toBe('served');
    expect(await stateOf(wake(['c']))).toBe('the worker is shutting down');
    expect(lanes()).toEqual([['a']]);
  });

  it('refuses what is unfinished or busy when it is closed', async () => {
    const { wake, close, batches } = setup();
    const unfinished = wake(['a']);
    const busy = wake(['b']);
    await batches[0]?.end({ unfinished: ['a'] });
    await batches[1]?.end({ busy: ['b'], unfinished: ['a'] });
    void close();
    await batches[2]?.end({ unfinished: ['a'] });
    expect(await stateOf(unfinished)).toBe('the worker is shutting down');
    // Refused when its pause is over.
    await vi.waitFor(async () => expect(await stateOf(busy)).toBe('the worker is shutting down'));
  });
});
