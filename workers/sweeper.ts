import type pg from 'pg';
import { failureKindOf } from '../db/failures.ts';
import { type Overdue, sweep } from '../db/sweep.ts';
import { type QueueName, wakeUpIdOf } from '../shared/contract/queues.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { Logger } from '../shared/runtime/log.ts';
import type { Producer } from '../shared/runtime/queues.ts';
import { wakesOf } from '../shared/runtime/wakes.ts';
import { type Repeating, repeating } from './repeating.ts';

/**
 * The queue drives work, Postgres is the truth: whatever happens to the queue, every few seconds one of the processes
 * looks for lanes whose head is due and unsettled and wakes them. That is what makes it harmless that a job was never
 * added (the API died between commit and enqueue), was lost (Redis was flushed) or was swallowed (its id was known).
 */

export interface SweeperOptions {
  readonly pool: pg.Pool;
  readonly producer: Pick<Producer, 'add' | 'lags'>;
  readonly log: Logger;
  readonly kinds: readonly string[];
  readonly queueOf: (kind: string) => QueueName;
  /** Whether this process is about to serve the lane: in a crowd that is most of them. */
  readonly isWaiting: (lane: Uuid) => boolean;
}

const periodMs = 2_000;

/** A little less, so that whoever has swept last does it again when its period is over. */
const notWithinMs = 1_500;

/** In a crowd, a head may wait longer than the period although its wake-up is there: not woken again before this. */
const wakeAgainAfterMs = 10_000;

/** How often a worker process may die with one operation alone in hand before a person has to look at it. */
const crashesMax = 3;

export function startSweeper({ pool, producer, log, kinds, queueOf, isWaiting }: SweeperOptions): Repeating {
  const wokenAt = new Map<string, number>();

  // In a backlog most jobs are still there, and nobody needs another. Without Redis that is not known, and does not matter.
  const lagsOfKinds = async (): Promise<ReadonlyMap<string, number>> => {
    const ofQueues = await producer.lags().catch(() => new Map<QueueName, number>());
    return new Map(kinds.map((kind) => [kind, ofQueues.get(queueOf(kind)) ?? 0]));
  };

  const sweepOnce = async (): Promise<void> => {
    const overdue = await sweep(pool, { crashesMax, notWithinMs, lags: await lagsOfKinds() });
    if (overdue === null) return;

    const now = Date.now();
    for (const [turn, at] of wokenAt) if (now - at > wakeAgainAfterMs) wokenAt.delete(turn);
    const toWake = overdue.filter((operation) => !wokenAt.has(turnOf(operation)) && !isWaiting(operation.lane));
    if (toWake.length === 0) return;

    const period = Math.floor(now / periodMs);
    const woken = toWake.map((operation) => ({ queue: queueOf(operation.kind), ...operation }));
    await producer.add(wakesOf(woken, ({ id, attempts }) => wakeUpIdOf(id, attempts, period)));
    for (const operation of toWake) wokenAt.set(turnOf(operation), now);
    log.info({ lanes: toWake.length }, 'woke lanes that nobody was serving');
  };

  return repeating(periodMs, sweepOnce, (error) =>
    log.warn({ err: error, failure: failureKindOf(error) }, 'a sweep failed'),
  );
}

/** Whoever has failed since it was woken has had its turn, and is woken for the next one as soon as that is due. */
function turnOf({ id, attempts }: Overdue): string {
  return `${id}/${attempts}`;
}
