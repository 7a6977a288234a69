import type pg from 'pg';

/** Too many wait for their turn, or one has waited too long: try again later. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/** Whoever waits longer hears so: Stripe sends again, and its own patience is little longer. */
const patienceMs = 5_000;

/** Some seconds' worth of events. */
const waitingMax = 500;

interface Line {
  waiting: number;
  last: Promise<unknown>;
}

const lines = new WeakMap<pg.Pool, Line>();

/**
 * Runs `work` when all that was given before it for the same pool has ended. What may only happen one at a time in the
 * whole database waits here, in memory: waiting for the database's lock would take the connections that everybody else
 * needs. Throws `BusyError` instead when there is no hope.
 */
export function inTurn<Result>(pool: pg.Pool, work: () => Promise<Result>): Promise<Result> {
  const line = lines.get(pool) ?? { waiting: 0, last: Promise.resolve() };
  lines.set(pool, line);
  if (line.waiting >= waitingMax) return Promise.reject(new BusyError('too many events wait already'));
  line.waiting += 1;
  const since = Date.now();
  const turn = line.last.then(() => {
    line.waiting -= 1;
    if (Date.now() - since > patienceMs) throw new BusyError('an event has waited too long');
    return work();
  });
  line.last = turn.catch(() => undefined);
  return turn;
}
