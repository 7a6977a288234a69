import type pg from 'pg';
import type { Uuid } from '../shared/domain/ids.ts';
import { listenForNotices } from './notices.ts';
import { isFinal, type OperationRecord, readOperations, readTouchedOperations } from './queries/operations.ts';

/*
 * How somebody who waits for an operation learns that it has changed. Workers send a notice at commit (NOTIFY); of a
 * small batch it shows the rows, of others it names ids, and the rows of all who wait are then read in one statement.
 * Notices can be lost, with the connection that listens, so that the rows of all operations that somebody waits for are
 * also looked at twice a second, in one statement as well.
 */

/** Called with the operation when it has changed, or may have; with null when there will be no more news. */
export type Listener = (operation: OperationRecord | null) => void;

export interface Settlements {
  /** Calls `listener` on every change until the returned function is called. */
  readonly watch: (id: Uuid, listener: Listener) => () => void;
  /** The operation as it is, whoever asks; calls of the same moment share one statement. */
  readonly read: (id: Uuid) => Promise<OperationRecord | null>;
  /** Tells everybody who waits that there will be no more news. */
  readonly stop: () => void;
  readonly close: () => Promise<void>;
}

export interface SettlementsOptions {
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  readonly log: { warn: (details: object, message: string) => void };
}

const pollEveryMs = 500;

/** More than this in one statement gains nothing. */
const idsPerReadMax = 1_000;

/** Never fails: while PostgreSQL is away nobody hears anything, and what happened meanwhile is told afterwards. */
export function openSettlements({ pool, databaseUrl, log }: SettlementsOptions): Settlements {
  const watchers = new Map<Uuid, Set<Listener>>();
  const read = coalescedReader(pool);
  let stopped = false;

  const deliver = (operation: OperationRecord | null) => {
    if (operation === null) return;
    for (const listener of watchers.get(operation.id) ?? []) listener(operation);
  };
  const notices = listenForNotices({
    databaseUrl,
    log,
    onChanged: (ids) => {
      for (const id of ids) {
        // What cannot be read now is found by the poll.
        if (watchers.has(id)) read(id).then(deliver, () => undefined);
      }
    },
    onOutcome: deliver,
  });
  const poll = pollRegularly(async () => {
    if (watchers.size === 0) return;
    for (const operation of await readTouchedOperations(pool, [...watchers.keys()])) deliver(operation);
  });
  const stop = () => {
    stopped = true;
    for (const listeners of watchers.values()) for (const listener of listeners) listener(null);
  };

  return {
    watch: (id, listener) => {
      if (stopped) queueMicrotask(() => listener(null));
      const listeners = watchers.get(id) ?? new Set();
      watchers.set(id, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && watchers.get(id) === listeners) watchers.delete(id);
      };
    },
    read,
    stop,
    close: async () => {
      stop();
      poll.close();
      await notices.close();
    },
  };
}

/** Waiting for an operation to become final. */
export interface FinalWait {
  /** The operation once it is final, or as it was last seen (null: never) when the time was over or the wait ended. */
  readonly done: Promise<OperationRecord | null>;
  readonly cancel: () => void;
}

/** Begin to wait before asking how the operation stands, or before it is recorded: then no change can be missed. */
export function waitUntilFinal(settlements: Settlements, id: Uuid, ms: number): FinalWait {
  return waitUntil(settlements, id, { ms, isOver: ({ status }) => isFinal(status) });
}

export interface WaitOptions {
  readonly ms: number;
  readonly isOver: (operation: OperationRecord) => boolean;
}

export function waitUntil(settlements: Settlements, id: Uuid, { ms, isOver }: WaitOptions): FinalWait {
  let cancel: () => void = () => undefined;
  const done = new Promise<OperationRecord | null>((resolve) => {
    let lastSeen: OperationRecord | null = null;
    const end = () => {
      clearTimeout(timer);
      unwatch();
      resolve(lastSeen);
    };
    const timer = setTimeout(end, ms);
    const unwatch = settlements.watch(id, (operation) => {
      lastSeen = operation ?? lastSeen;
      if (operation === null || isOver(operation)) end();
    });
    cancel = end;
  });
  return { done, cancel: () => cancel() };
}

type Waiting = Map<Uuid, { resolve: (operation: OperationRecord | null) => void; reject: (error: unknown) => void }[]>;

/** While one statement runs, the next one's ids collect. */
function coalescedReader(pool: pg.Pool): Settlements['read'] {
  const waiting: Waiting = new Map();
  let running = false;

  const run = async () => {
    running = true;
    while (waiting.size > 0) {
      const ids = [...waiting.keys()].slice(0, idsPerReadMax);
      const asked = new Map(ids.map((id) => [id, waiting.get(id) ?? []]));
      for (const id of ids) waiting.delete(id);
      try {
        const found = new Map((await readOperations(pool, ids)).map((operation) => [operation.id, operation]));
        for (const [id, askers] of asked) for (const { resolve } of askers) resolve(found.get(id) ?? null);
      } catch (error) {
        for (const askers of asked.values()) for (const { reject } of askers) reject(error);
      }
    }
    running = false;
  };

  return (id) =>
    new Promise((resolve, reject) => {
      waiting.set(id, [...(waiting.get(id) ?? []), { resolve, reject }]);
      if (!running) void run();
    });
}

/** Runs `work` every half second, never twice at once. A failure is no news: the next time may be better. */
function pollRegularly(work: () => Promise<void>): { close: () => void } {
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    work()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, pollEveryMs);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
