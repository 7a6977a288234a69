import { and, eq, inArray, sql } from 'drizzle-orm';
import type pg from 'pg';
import { reconciliationItemIdOf, type Uuid } from '../shared/domain/ids.ts';
import { notifyChanged } from './announce.ts';
import { type Tx, withTransaction } from './client.ts';
import { sendAgain } from './events/enable.ts';
import { giveUpWhatIsKept } from './orders/closed.ts';
import { type ItemEvent, laneHeads, operations, operatorActions, outbox, reconciliationItems } from './schema.ts';
import { statement } from './statement.ts';

/**
 * The reconciliation queue: what could not be applied waits here, visible, for a person.
 *
 *   open ──retry──▶ open (the operation is applied again) ──▶ resolved when that settles it, open again when it fails
 *   open ──resolve──▶ resolved, operation `resolved`          open ──dismiss──▶ dismissed, operation `resolved`
 *
 * An item of category `effect` is about an outbox entry (retried it is due again, closed it is skipped) or about an event
 * endpoint that was disabled (retried it is enabled).
 *
 * Workers and operators meet on the lane's lock, which everybody takes before the item: an operation is either being
 * applied or being closed, never both, and neither waits for the other in a circle.
 */

/** What an operator's action found. `lane` and `kind` say whom to wake when the operation is to be applied again. */
export type ActionResult =
  | { readonly status: 'not_found' }
  | {
      readonly status: 'done';
      readonly wake: { readonly operationId: Uuid; readonly lane: Uuid; readonly kind: string } | null;
    };

export interface OperatorAction {
  readonly itemId: Uuid;
  /** Who acts: the token's subject. */
  readonly by: string;
  readonly note: string;
}

/** What items about event endpoints that were disabled are called. */
export const endpointItemKind = 'event-endpoint';

export interface OpenedItem {
  readonly category: 'operation' | 'effect' | 'payment';
  /** The operation, the outbox entry, the event endpoint, or the object of Stripe. */
  readonly subjectId: string;
  readonly kind: string;
  readonly summary: string;
  /** Internal text, for operators. */
  readonly error: string;
  readonly attempts: number;
}

/** Opens the subject's item, or opens it again: one subject has one item, however often it fails. */
export async function openItem({ db }: Tx, item: OpenedItem): Promise<void> {
  const opened = event('opened', 'counterfoil', item.error);
  const reopened = event('reopened', 'counterfoil', item.error);
  await db
    .insert(reconciliationItems)
    .values({
      id: reconciliationItemIdOf(item.category, item.subjectId),
      ...item,
      status: 'open',
      openedAt: sql`now()`,
      history: appended(sql`'[]'::jsonb`, opened),
    })
    .onConflictDoUpdate({
      target: [reconciliationItems.category, reconciliationItems.subjectId],
      set: {
        error: item.error,
        attempts: sql`${reconciliationItems.attempts} + ${item.attempts}`,
        status: 'open',
        history: appended(reconciliationItems.history, reopened),
      },
    });
}

const closeItems = statement(
  'close_applied_items',
  `update reconciliation_items
   set status = 'resolved', history = history || jsonb_build_array(jsonb_build_object(
     'at', now(), 'by', 'counterfoil', 'action', 'applied', 'note', null))
   where category = $1 and subject_id = any($2::text[]) and status = 'open'`,
);

/** Closes the items of what was settled otherwise: operations, outbox entries, or event endpoints. */
export async function closeApplied(
  { client }: Pick<Tx, 'client'>,
  category: OpenedItem['category'],
  subjectIds: readonly Uuid[],
): Promise<void> {
  await closeItems(client, [category, subjectIds]);
}

/**
 * Asks for the operation to be applied again, under its own id. Safe to repeat: while it is being retried nothing
 * more happens; what has been applied on another road closes the item and applies nothing.
 */
export function retryItem(pool: pg.Pool, action: OperatorAction): Promise<ActionResult> {
  return act(pool, 'retry', action, async (tx, item, operation) => {
    if (item.status !== 'open') return null;
    if (item.category === 'effect') await retryEffect(tx, item, action);
    if (operation === null) return null;
    const { id, lane, kind } = operation;

    if (operation.status === 'reconciling') {
      await tx.db
        .update(operations)
        .set({
          status: 'retrying',
          attempts: 0,
          // What a process has died with stays suspect: it is tried again alone.
          crashes: sql`least(${operations.crashes}, 1)`,
          dueAt: sql`now()`,
          replayedAt: sql`now()`,
        })
        .where(eq(operations.id, id));
      await tx.db
        .update(laneHeads)
        .set({ replays: sql`array_append(array_remove(${laneHeads.replays}, ${id}::uuid), ${id}::uuid)` })
        .where(eq(laneHeads.id, lane));
      await notifyChanged(tx.client, [id]);
      await changeItem(tx, item.id, 'open', event('retry', action.by, action.note));
      return { operationId: id, lane, kind };
    }
    if (operation.status === 'retrying') return { operationId: id, lane, kind };
    await changeItem(tx, item.id, 'resolved', event('applied', action.by, action.note));
    return null;
  });
}

/** Closes the item as dealt with by hand; its operation becomes `resolved` unless it has been applied meanwhile. */
export function resolveItem(pool: pg.Pool, action: OperatorAction): Promise<ActionResult> {
  return act(pool, 'resolve', action, (tx, item, operation) => close(tx, item, operation, action, 'resolved'));
}

/** Closes the item as not worth doing; its operation becomes `resolved` unless it has been applied meanwhile. */
export function dismissItem(pool: pg.Pool, action: OperatorAction): Promise<ActionResult> {
  return act(pool, 'dismiss', action, (tx, item, operation) => close(tx, item, operation, action, 'dismissed'));
}

type Item = typeof reconciliationItems.$inferSelect;
type Operation = Pick<typeof operations.$inferSelect, 'id' | 'lane' | 'kind' | 'status' | 'payload'>;
type Wake = { readonly operationId: Uuid; readonly lane: Uuid; readonly kind: string } | null;

/** Locks the lane of the item's operation, then the item, and leaves an audit row of the action. */
function act(
  pool: pg.Pool,
  name: 'retry' | 'resolve' | 'dismiss',
  { itemId, by, note }: OperatorAction,
  work: (tx: Tx, item: Item, operation: Operation | null) => Promise<Wake>,
): Promise<ActionResult> {
  return withTransaction(pool, async (tx) => {
    const operation = await lockOperationOf(tx, itemId);
    const [item] = await tx.db
      .select()
      .from(reconciliationItems)
      .where(eq(reconciliationItems.id, itemId))
      .for('update');
    if (item === undefined) return { status: 'not_found' };

    const wake = await work(tx, item, operation);
    await tx.db.insert(operatorActions).values({ by, action: `reconciliation.${name}`, subject: itemId, note });
    return { status: 'done', wake };
  });
}

async function lockOperationOf({ db }: Tx, itemId: Uuid): Promise<Operation | null> {
  const [subject] = await db
    .select({ id: operations.id, lane: operations.lane })
    .from(reconciliationItems)
    .innerJoin(operations, sql`${operations.id}::text = ${reconciliationItems.subjectId}`)
    .where(and(eq(reconciliationItems.id, itemId), eq(reconciliationItems.category, 'operation')));
  if (subject === undefined) return null;

  await db.select({ id: laneHeads.id }).from(laneHeads).where(eq(laneHeads.id, subject.lane)).for('no key update');
  const { id, lane, kind, status, payload } = operations;
  const [operation] = await db.select({ id, lane, kind, status, payload }).from(operations).where(eq(id, subject.id));
  return operation ?? null;
}

async function close(
  tx: Tx,
  item: Item,
  operation: Operation | null,
  { by, note }: OperatorAction,
  status: 'resolved' | 'dismissed',
): Promise<Wake> {
  if (item.status !== 'open') return null;
  await changeItem(tx, item.id, status, event(status === 'resolved' ? 'resolve' : 'dismiss', by, note));

  if (item.category === 'effect') await giveUpOutgoing(tx, item);
  if (operation === null || !['reconciling', 'retrying'].includes(operation.status)) return null;
  await tx.db
    .update(operations)
    .set({
      status: 'resolved',
      settledAt: sql`now()`,
      dueAt: null,
      resolution: sql`jsonb_build_object('by', ${by}::text, 'note', ${note}::text, 'at', now())`,
    })
    .where(eq(operations.id, operation.id));
  const [next] = await giveUpWhatIsKept(tx, operation);
  await tx.db
    .update(laneHeads)
    .set({ replays: sql`array_remove(${laneHeads.replays}, ${operation.id}::uuid)` })
    .where(eq(laneHeads.id, operation.lane));
  await notifyChanged(tx.client, [operation.id]);
  return next === undefined ? null : { operationId: next.id, lane: next.lane, kind: next.kind };
}

/** An item about an effect is about an endpoint that was disabled, or about an outbox entry. */
async function retryEffect(tx: Tx, item: Item, action: OperatorAction): Promise<void> {
  if (item.kind !== endpointItemKind) await retryOutgoing(tx, item, action);
  else if (await sendAgain(tx.client, item.subjectId))
    await changeItem(tx, item.id, 'resolved', event('applied', action.by, action.note));
}

/** Due again at once, with all its attempts; one that has been delivered meanwhile closes the item. */
async function retryOutgoing(tx: Tx, { id, subjectId }: Item, { by, note }: OperatorAction): Promise<void> {
  const { rowCount } = await tx.db
    .update(outbox)
    .set({ status: 'waiting', attempts: 0, dueAt: sql`now()` })
    .where(isUndelivered(subjectId));
  const isOver = rowCount === 0;
  await changeItem(tx, id, isOver ? 'resolved' : 'open', event(isOver ? 'applied' : 'retry', by, note));
}

async function giveUpOutgoing({ db }: Tx, { subjectId }: Item): Promise<void> {
  await db.update(outbox).set({ status: 'skipped', settledAt: sql`now()` }).where(isUndelivered(subjectId));
}

function isUndelivered(id: Uuid) {
  return and(eq(outbox.id, id), inArray(outbox.status, ['failed', 'waiting']));
}

async function changeItem({ db }: Tx, id: Uuid, status: Item['status'], entry: NewEvent): Promise<void> {
  await db
    .update(reconciliationItems)
    .set({ status, history: appended(reconciliationItems.history, entry) })
    .where(eq(reconciliationItems.id, id));
}

export type NewEvent = Omit<ItemEvent, 'at'>;

export function event(action: ItemEvent['action'], by: string, note: string | null): NewEvent {
  return { by, action, note };
}

/** A history with one more entry, dated by the database's clock. */
export function appended(history: unknown, { by, action, note }: NewEvent) {
  return sql`${history} || jsonb_build_array(jsonb_build_object(
    'at', now(), 'by', ${by}::text, 'action', ${action}::text, 'note', ${note}::text))`;
}
