import { operationsPerJobMax, type QueueName } from '../contract/queues.ts';
import { chunksOf } from '../domain/chunks-of.ts';
import { groupedBy } from '../domain/grouped-by.ts';
import type { Uuid } from '../domain/ids.ts';
import type { Wake } from './queues.ts';

/** An operation whose lane is to be woken. */
export interface Woken {
  readonly id: Uuid;
  readonly kind: string;
  readonly lane: Uuid;
  readonly queue: QueueName;
}

/**
 * One job for each queue, named after its first operation; more only where there are too many operations for one.
 *
 * @param idOf the job's id, by its first operation: that operation's own unless it has had a job before
 */
export function wakesOf<One extends Woken>(
  operations: readonly One[],
  idOf: (first: One) => string = ({ id }) => id,
): Wake[] {
  return [...groupedBy(operations, ({ queue }) => queue)].flatMap(([queue, group]) =>
    chunksOf(group, operationsPerJobMax).flatMap((chunk) => wakeOf(queue, chunk, idOf)),
  );
}

function wakeOf<One extends Woken>(queue: QueueName, operations: readonly One[], idOf: (first: One) => string): Wake[] {
  const [first] = operations;
  if (first === undefined) return [];
  const lanes = [...new Set(operations.map(({ lane }) => lane))];
  return [{ queue, id: idOf(first), name: first.kind, data: { operations: operations.map(({ id }) => id), lanes } }];
}
