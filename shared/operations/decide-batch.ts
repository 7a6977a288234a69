import { apply } from '../domain/apply.ts';
import { type Changes, noChanges, type WorkingState } from '../domain/changes.ts';
import type { Decision } from '../domain/decision.ts';
import type { Uuid } from '../domain/ids.ts';
import type { Prepared } from './define.ts';

export interface Decided {
  readonly id: Uuid;
  readonly decision: Decision;
}

export interface DecidedBatch {
  readonly decided: readonly Decided[];
  readonly changes: Changes;
}

/**
 * Decides operations one after the other over one state: each sees what the ones before it did, so that a batch of n
 * is the same as n batches of one. Consumes `state`. An exception from a decider or from `apply` is a bug or a poison
 * operation; nothing of the batch may then be written.
 */
export function decideBatch(state: WorkingState, batch: readonly Prepared[]): DecidedBatch {
  const changes = noChanges();
  const decided = batch.map(({ id, at, decide }) => {
    state.at = at;
    const decision = decide(state);
    if (decision.status === 'deferred') throw new DeferredError(decision.reason);
    if (decision.status === 'applied') apply(state, changes, id, decision.effects, decision.part?.firstOrdinal);
    return { id, decision };
  });
  return { decided, changes };
}

/** Whether this batch is done with it; otherwise it was a part of an operation that goes on. */
export function isSettled({ decision }: Decided): boolean {
  return decision.status !== 'applied' || decision.part?.isLast !== false;
}

export function isUnfinished(one: Decided): boolean {
  return !isSettled(one);
}

/** Whether it waits for something outside now, and a later operation finishes it. */
export function isAwaiting({ decision }: Decided): boolean {
  return decision.status === 'applied' && decision.isAwaiting === true;
}

/** One that cannot be applied now leaves its batch, alone, for a person: as what cannot be applied at all does. */
export class DeferredError extends Error {
  override readonly name = 'DeferredError';
}
