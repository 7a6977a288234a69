import { and, desc, eq, sql } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import type { Rejection } from '../../shared/domain/rejection.ts';
import type { Tx } from '../client.ts';
import { type operationStatuses, operations } from '../schema.ts';
import { type Queryable, statement } from '../statement.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './page.ts';

export type OperationStatus = (typeof operationStatuses)[number];

/** Whether nothing changes any more; `reconciling` is not final, a person may still have it applied. */
export function isFinal(status: OperationStatus): boolean {
  return status === 'succeeded' || status === 'rejected' || status === 'resolved';
}

/** An operation as it is shown, and whose it is. */
export interface OperationRecord {
  readonly id: Uuid;
  readonly kind: string;
  readonly status: OperationStatus;
  /** Whose lane it is in. */
  readonly userId: Uuid;
  readonly callerId: Uuid;
  readonly acceptedAt: Date;
  readonly settledAt: Date | null;
  readonly attempts: number;
  /** Of one that is applied in parts, until it is final. */
  readonly progress: JsonObject | null;
  readonly outcome: JsonObject | null;
  readonly rejection: Rejection | null;
  readonly resolution: Resolution | null;
}

export interface Resolution {
  readonly by: string;
  readonly note: string;
  readonly at: string;
}

interface OperationRow {
  readonly id: Uuid;
  readonly kind: string;
  readonly status: OperationStatus;
  readonly lane: Uuid;
  readonly caller_id: Uuid;
  readonly accepted_at: Date;
  readonly settled_at: Date | null;
  readonly attempts: number;
  readonly progress: JsonObject | null;
  readonly outcome: JsonObject | null;
  readonly rejection: Rejection | null;
  readonly resolution: Resolution | null;
}

/** Of an `OperationRow`. */
export const operationColumns =
  'id, kind, status, lane, caller_id, accepted_at, settled_at, attempts, progress, outcome, rejection, resolution';

const read = statement<OperationRow>(
  'read_operations',
  `select ${operationColumns} from operations where id = any($1::uuid[])`,
);

const selectLane = statement<{ lane: Uuid }>('read_lane_of_operation', 'select lane from operations where id = $1');

/** Whose lane an operation is in; null without such an operation. */
export async function laneOfOperation(on: Queryable, id: Uuid): Promise<Uuid | null> {
  const { rows } = await selectLane(on, [id]);
  return rows[0]?.lane ?? null;
}

const readTouched = statement<OperationRow>(
  'read_touched_operations',
  `select ${operationColumns} from operations where id = any($1::uuid[]) and (status <> 'accepted' or progress is not null)`,
);

/** Operations by id, in one statement. Who may see them is for the caller to say, unless `on` reads as somebody. */
export async function readOperations(on: Queryable, ids: readonly Uuid[]): Promise<OperationRecord[]> {
  const { rows } = await read(on, [ids]);
  return rows.map(recordOf);
}

/** Those of the operations that a worker has touched. */
export async function readTouchedOperations(on: Queryable, ids: readonly Uuid[]): Promise<OperationRecord[]> {
  const { rows } = await readTouched(on, [ids]);
  return rows.map(recordOf);
}

/** As PostgreSQL writes the row as JSON, or the id alone. */
type ShownRow =
  | (Omit<OperationRow, 'accepted_at' | 'settled_at'> & { accepted_at: string; settled_at: string | null })
  | { readonly id: Uuid; readonly status?: never };

/** The operation that `tellOutcomes` has shown, or the id of one whose row was too long. */
export function shownOperation(notice: string): OperationRecord | Uuid {
  const row: ShownRow = JSON.parse(notice);
  if (row.status === undefined) return row.id;
  const { accepted_at: acceptedAt, settled_at: settledAt } = row;
  return recordOf({
    ...row,
    accepted_at: new Date(acceptedAt),
    settled_at: settledAt === null ? null : new Date(settledAt),
  });
}

function recordOf(row: OperationRow): OperationRecord {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    userId: row.lane,
    callerId: row.caller_id,
    acceptedAt: row.accepted_at,
    settledAt: row.settled_at,
    attempts: row.attempts,
    progress: row.progress,
    outcome: row.outcome,
    rejection: row.rejection,
    resolution: row.resolution,
  };
}

export interface OperationFilter {
  /** Null: everybody's, as far as the viewer sees them. */
  readonly userId: Uuid | null;
  readonly kind: string | undefined;
  readonly status: OperationStatus | undefined;
}

/**
 * Operations, newest first. Those of one user come from their lane, which is in order and has an index; everybody's
 * from the index on the time of acceptance.
 */
export async function listOperations(
  { db }: Tx,
  { userId, kind, status }: OperationFilter,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: OperationRecord; readonly keys: TimeKeys }[]> {
  const { lane, acceptedAt, id } = operations;
  const rows = await db
    .select({ record: shown, micros: microsOf(acceptedAt) })
    .from(operations)
    .where(
      and(
        userId === null ? undefined : eq(lane, userId),
        kind === undefined ? undefined : eq(operations.kind, kind),
        status === undefined ? undefined : eq(operations.status, status),
        userId === null ? isAfter(acceptedAt, id, after) : isEarlierInLane(userId, after),
      ),
    )
    .orderBy(...(userId === null ? [desc(acceptedAt), desc(id)] : [desc(operations.laneSeq)]))
    .limit(limit);
  return rows.map(({ record, micros }) => ({ record, keys: [micros, record.id] }));
}

/** Along a lane times never decrease but may be equal: the order is that of the numbers. */
function isEarlierInLane(userId: Uuid, after: TimeKeys | null) {
  if (after === null) return undefined;
  return sql`${operations.laneSeq} < (select o.lane_seq from ${operations} o where o.id = ${after[1]} and o.lane = ${userId})`;
}

const shown = {
  id: operations.id,
  kind: operations.kind,
  status: operations.status,
  userId: operations.lane,
  callerId: operations.callerId,
  acceptedAt: operations.acceptedAt,
  settledAt: operations.settledAt,
  attempts: operations.attempts,
  progress: operations.progress,
  outcome: operations.outcome,
  rejection: operations.rejection,
  resolution: operations.resolution,
};
