import { eq, sql } from 'drizzle-orm';
import type pg from 'pg';
import type { Tx } from '../client.ts';
import { type ActionResult, appended, event, type OperatorAction } from '../reconciliation.ts';
import { operatorActions, reconciliationItems } from '../schema.ts';
import { inInbox, tryAgain } from './inbox.ts';
import { openPaymentItems } from './payment-items.ts';

export type PaymentAction = 'retry' | 'resolve' | 'dismiss';

/**
 * What an operator does with an item about a payment; null when the item is about something else. Retried, its events
 * are tried again at once (a plan or a user may be there now), and those that still lack something are asked about
 * again; closed, they stay what they are, so that what was dealt with by hand is not done a second time.
 */
export async function actOnPayment(
  pool: pg.Pool,
  name: PaymentAction,
  action: OperatorAction,
): Promise<ActionResult | null> {
  const { rows } = await pool.query<{ subject_id: string }>(
    `select subject_id from reconciliation_items where id = $1 and category = 'payment'`,
    [action.itemId],
  );
  const [found] = rows;
  if (found === undefined) return null;
  return inInbox(pool, async (tx) => {
    const { itemId: id, by, note } = action;
    await tx.db.insert(operatorActions).values({ by, action: `reconciliation.${name}`, subject: id, note });
    const [item] = await tx.db.select().from(reconciliationItems).where(eq(reconciliationItems.id, id)).for('update');
    if (item?.status !== 'open') return { status: 'done', wake: null };
    const history = appended(reconciliationItems.history, event(name, by, note));
    const status = name === 'retry' ? 'open' : name === 'resolve' ? 'resolved' : 'dismissed';
    await tx.db.update(reconciliationItems).set({ history, status }).where(eq(reconciliationItems.id, id));
    return {
      status: 'done',
      wake: name === 'retry' ? await retry(tx, found.subject_id) : await close(tx, found.subject_id),
    };
  });
}

type Wake = (ActionResult & { readonly status: 'done' })['wake'];

async function retry(tx: Tx, subjectId: string): Promise<Wake> {
  const [first] = await tryAgain(tx, await openEventsOf(tx, subjectId));
  const { rows } = await tx.db.execute<{ id: string }>(sql`
    update stripe_events set asked_at = null
    where object_id = ${subjectId} and status in ('waiting', 'unresolved') returning id`);
  await openPaymentItems(
    tx,
    rows.map(({ id }) => id),
  );
  // What follows is all of one user: one lane to wake.
  return first === undefined ? null : { operationId: first.id, lane: first.lane, kind: first.kind };
}

async function close({ db }: Tx, subjectId: string): Promise<Wake> {
  await db.execute(sql`
    update stripe_events set status = 'closed' where object_id = ${subjectId} and status in ('waiting', 'unresolved')`);
  return null;
}

async function openEventsOf({ db }: Tx, subjectId: string): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select id from stripe_events where object_id = ${subjectId} and status in ('waiting', 'unresolved')
    order by created_at, id`);
  return rows.map(({ id }) => id);
}
