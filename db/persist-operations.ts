import type { ShopChanges } from '../shared/domain/apply-shop.ts';
import type { OperationFinished } from '../shared/domain/effects.ts';
import { idOf, type Uuid } from '../shared/domain/ids.ts';
import { type Decided, isAwaiting, isSettled, isUnfinished } from '../shared/operations/decide-batch.ts';
import { byColumn } from './by-column.ts';
import { type Queryable, statement } from './statement.ts';
import { write } from './write.ts';

/** An operation that another one has finished. */
export interface Finished {
  readonly id: Uuid;
  readonly result: OperationFinished['result'];
}

export function finishedIn({ finished }: ShopChanges): Finished[] {
  return [...finished].map(finishedOf);
}

/** What has been applied for good, of which subscribers hear. */
export function appliedAmong(all: readonly Decided[], finished: readonly Finished[]): Uuid[] {
  return [...all.filter(isDone).filter(isApplied), ...finished.filter(hasSucceeded)].map(idOf);
}

/** The writes of a batch about its operations, and about those that they have finished. */
export function operationWrites(
  on: Queryable,
  all: readonly Decided[],
  finished: readonly Finished[],
): Promise<void>[] {
  const done = all.filter(isDone);
  const awaiting = all.filter(isAwaiting);
  const unfinished = all.filter(isUnfinished);
  return [
    write('settled operations', done.length, () => settleOperations(on, settledArrays(done))),
    write('waiting operations', awaiting.length, () => awaitOutside(on, progressArrays(awaiting))),
    // Some of them may be closed by now: how many it meets is not known.
    finished.length === 0 ? Promise.resolve() : finishOperations(on, finishedArrays(finished)).then(() => undefined),
    write('progress', unfinished.length, () => noteProgress(on, progressArrays(unfinished))),
  ];
}

function isDone(one: Decided): boolean {
  return isSettled(one) && !isAwaiting(one);
}

function isApplied({ decision }: Decided): boolean {
  return decision.status === 'applied';
}

function finishedOf([id, result]: readonly [Uuid, Finished['result']]): Finished {
  return { id, result };
}

function hasSucceeded({ result }: Finished): boolean {
  return result.status === 'succeeded';
}

const settleOperations = statement(
  'settle_operations',
  `update operations o
   set status = new.status, outcome = new.outcome::jsonb, rejection = new.rejection::jsonb, settled_at = now(),
       attempts = o.attempts + 1, due_at = null, last_error = null
   from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as new (id, status, outcome, rejection)
   where o.id = new.id and o.status in ('accepted', 'retrying')`,
);

// Whoever gets on is not what processes die of: only deaths without progress are counted.
const noteProgress = statement(
  'note_progress',
  `update operations o set progress = new.progress::jsonb, crashes = 0
   from unnest($1::uuid[], $2::text[]) as new (id, progress) where o.id = new.id`,
);

const awaitOutside = statement(
  'await_outside',
  `update operations o
   set status = 'processing', progress = new.progress::jsonb, attempts = o.attempts + 1, due_at = null, last_error = null
   from unnest($1::uuid[], $2::text[]) as new (id, progress)
   where o.id = new.id and o.status in ('accepted', 'retrying')`,
);

// One that a person is having applied again finds out by itself; one that they have closed stays closed.
const finishOperations = statement(
  'finish_operations',
  `update operations o
   set status = new.status, progress = coalesce(new.progress::jsonb, o.progress), outcome = new.outcome::jsonb,
       rejection = new.rejection::jsonb, settled_at = case when new.status <> 'processing' then now() end
   from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
     as new (id, status, progress, outcome, rejection)
   where o.id = new.id and o.status in ('processing', 'reconciling')`,
);

const finishedArrays = byColumn<Finished>(
  idOf,
  ({ result }) => result.status,
  ({ result }) => json(result.status === 'processing' ? result.progress : null),
  ({ result }) => json(result.status === 'succeeded' ? result.outcome : null),
  ({ result }) => json(result.status === 'rejected' ? result.rejection : null),
);

const progressArrays = byColumn<Decided>(idOf, outcomeOf);

const settledArrays = byColumn<Decided>(
  idOf,
  ({ decision }) => (decision.status === 'applied' ? 'succeeded' : 'rejected'),
  outcomeOf,
  ({ decision }) => json(decision.status === 'rejected' ? decision.rejection : null),
);

function outcomeOf({ decision }: Decided): string | null {
  return json(decision.status === 'applied' ? decision.outcome : null);
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
