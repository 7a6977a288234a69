import { eq, sql } from 'drizzle-orm';
import type { Uuid } from '../shared/domain/ids.ts';
import { notifyChanged } from './announce.ts';
import type { Tx } from './client.ts';
import type { LockedLane, Waiting } from './lanes.ts';
import { endWithoutPoints, summaryOfPoints } from './orders/failed-points.ts';
import { advanceLanes } from './persist.ts';
import { openItem } from './reconciliation.ts';
import { operations } from './schema.ts';

export interface Failure {
  /** Internal text, for operators and logs. */
  readonly error: string;
  /** How often it has failed now, this time included. */
  readonly attempts: number;
  /** When to try again, in ms from now; null: not at all, a person has to look at it. */
  readonly retryInMs: number | null;
}

/**
 * Records that an operation could not be applied, under its lane's lock: either it is due again later and holds its
 * lane up until then, or it leaves the lane for the reconciliation queue and the lane goes on.
 */
export async function failOperation(tx: Tx, lane: LockedLane, operation: Waiting, failure: Failure): Promise<void> {
  const { error, attempts, retryInMs } = failure;
  await tx.db
    .update(operations)
    .set({
      status: retryInMs === null ? 'reconciling' : 'retrying',
      attempts,
      lastError: error,
      dueAt: retryInMs === null ? null : sql`now() + make_interval(secs => ${retryInMs / 1_000})`,
    })
    .where(eq(operations.id, operation.id));

  // Whether or not it is tried again: nobody waits for it (004-18).
  if (operation.kind === 'loyalty.apply') await endWithoutPoints(tx, operation);
  if (retryInMs === null) await leaveLane(tx, lane, operation, failure);
  await notifyChanged(tx.client, [operation.id]);
}

async function leaveLane(tx: Tx, lane: LockedLane, operation: Waiting, { error, attempts }: Failure): Promise<void> {
  const { id, kind, userId } = operation;
  const summary =
    kind === 'loyalty.apply' ? summaryOfPoints(operation) : `${kind} of user ${userId} could not be applied`;
  await openItem(tx, { category: 'operation', subjectId: id, kind, summary, error, attempts });
  await advanceLanes(tx.client, [
    {
      id: lane.id,
      settledSeq: Math.max(lane.settledSeq, operation.laneSeq),
      replays: withoutReplay(lane, id),
    },
  ]);
}

function withoutReplay(lane: LockedLane, operationId: Uuid): Uuid[] {
  return lane.replays.filter((id) => id !== operationId);
}
