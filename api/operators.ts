import type pg from 'pg';
import { type AuditRun, keepAuditRun, latestAuditRun } from '../db/audit-runs.ts';
import { recordDeed } from '../db/operator-actions.ts';
import { readAs, type Viewer } from '../db/queries/read-as.ts';
import { type ItemRecord, readItem } from '../db/queries/reconciliation.ts';
import { type ActionResult, dismissItem, type OperatorAction, resolveItem, retryItem } from '../db/reconciliation.ts';
import { type Settlements, waitUntil } from '../db/settlements.ts';
import { actOnPayment } from '../db/stripe/operator-actions.ts';
import { wakeUpIdOf } from '../shared/contract/queues.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { OperationKind } from '../shared/operations/define.ts';
import type { Producer } from '../shared/runtime/queues.ts';

/** What operators can do, the same through the API and on their pages; every deed leaves an audit row. */
export interface Operators {
  /** The item afterwards, null when there is none. Safe to repeat. */
  readonly act: (name: ItemAction, action: OperatorAction) => Promise<ItemRecord | null>;
  readonly runAudit: (by: string) => Promise<AuditRun>;
  /** The newest report; makes one when there is none. */
  readonly latestAudit: (by: string) => Promise<AuditRun>;
}

export const itemActionNames = ['retry', 'resolve', 'dismiss'] as const;
export type ItemAction = (typeof itemActionNames)[number];

export interface OperatorsDeps {
  readonly app: pg.Pool;
  readonly reader: pg.Pool;
  readonly kinds: ReadonlyMap<string, OperationKind>;
  readonly producer: Pick<Producer, 'add'>;
  readonly settlements: Settlements;
  readonly audit: () => Promise<AuditRun>;
  readonly log: { warn: (details: object, message: string) => void };
}

const actions: Readonly<Record<ItemAction, (pool: pg.Pool, action: OperatorAction) => Promise<ActionResult>>> = {
  retry: retryItem,
  resolve: resolveItem,
  dismiss: dismissItem,
};

/** A worker needs a few milliseconds; a person who has clicked would like to see what became of it. */
const retryWaitMs = 3_000;

export function createOperators(deps: OperatorsDeps): Operators {
  const { app, reader, audit } = deps;
  let running: Promise<AuditRun> | null = null;
  const runAudit: Operators['runAudit'] = async (by) => {
    await recordDeed(app, { by, action: 'audit.run', subject: 'audit' });
    // It goes over whole tables: who asks while one runs gets that one's report.
    running ??= audit().finally(() => {
      running = null;
    });
    const run = await running;
    await keepAuditRun(app, run);
    return run;
  };
  return {
    act: async (name, action) => {
      const result = (await actOnPayment(app, name, action)) ?? (await actions[name](app, action));
      if (result.status === 'not_found') return null;
      if (result.wake !== null) await retried(deps, result.wake);
      const operator: Viewer = { id: action.itemId, isOperator: true };
      return readAs(reader, operator, (tx) => readItem(tx, action.itemId));
    },
    runAudit,
    latestAudit: async (by) => (await latestAuditRun(app)) ?? runAudit(by),
  };
}

interface Retry {
  readonly operationId: Uuid;
  readonly lane: Uuid;
  readonly kind: string;
}

/** Wakes the lane, and waits for what becomes of the operation, though not for long. */
async function retried({ kinds, producer, settlements, log }: OperatorsDeps, { operationId, lane, kind }: Retry) {
  const wait = waitUntil(settlements, operationId, {
    ms: retryWaitMs,
    isOver: ({ status }) => status !== 'retrying' && status !== 'accepted',
  });
  const queue = kinds.get(kind)?.queue;
  if (queue !== undefined) {
    // A job's id is remembered for a while after the job is done: the time makes this one new.
    const id = wakeUpIdOf(operationId, 0, Date.now());
    const wake = { queue, id, name: kind, data: { operations: [operationId], lanes: [lane] } };
    producer.add([wake]).catch((error: unknown) => {
      log.warn({ err: error, operationId }, 'no job for a retry; the sweeper will wake the lane');
    });
  }
  await wait.done;
}
