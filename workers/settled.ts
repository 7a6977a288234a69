import type { Waiting } from '../db/lanes.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { JsonObject } from '../shared/domain/json.ts';
import { type Decided, type DecidedBatch, isAwaiting } from '../shared/operations/decide-batch.ts';

/** What became of an operation. */
export interface Settled {
  readonly operation: Waiting;
  readonly status: 'succeeded' | 'rejected' | 'processing';
  readonly code: string | null;
  /** Of one that has succeeded. */
  readonly outcome: JsonObject | null;
}

/** What became of these operations, all of which the batch has decided. */
export function settledOf(batch: readonly Waiting[], { decided }: DecidedBatch): Settled[] {
  const decisions = new Map<Uuid, Decided>();
  for (const one of decided) decisions.set(one.id, one);
  const settled: Settled[] = [];
  for (const operation of batch) {
    const one = decisions.get(operation.id);
    if (one === undefined) throw new Error(`operation ${operation.id} was not decided`);
    settled.push({ operation, ...resultOf(one) });
  }
  return settled;
}

function resultOf(one: Decided): Pick<Settled, 'status' | 'code' | 'outcome'> {
  if (isAwaiting(one)) return { status: 'processing', code: null, outcome: null };
  const { decision } = one;
  if (decision.status === 'rejected') return { status: 'rejected', code: decision.rejection.code, outcome: null };
  return { status: 'succeeded', code: null, outcome: decision.status === 'applied' ? decision.outcome : null };
}
