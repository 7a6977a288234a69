import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Tx } from '../client.ts';
import { appended, event, openItem } from '../reconciliation.ts';
import { reconciliationItems } from '../schema.ts';

/**
 * Asks a person about payments that belong to nobody known, or for nothing known: one item for each object, which says
 * the earliest of these events about it and what that lacks.
 */
export async function openPaymentItems(tx: Tx, eventIds: readonly string[]): Promise<void> {
  const { rows } = await tx.db.execute<{ object_id: string; type: string; lacks: string }>(sql`
    select distinct on (object_id) object_id, type, lacks from stripe_events
    where id = any(${sql.param(eventIds)}::text[]) order by object_id, created_at, received_at, id`);
  for (const { object_id: subjectId, type: kind, lacks: error } of rows) {
    const summary = `Stripe says ${kind} about ${subjectId}, and it cannot be told what follows`;
    await openItem(tx, { category: 'payment', subjectId, kind, summary, error, attempts: 1 });
  }
}

/** Closes the items of objects about which nothing is open any more. */
export async function closePaymentItems({ db }: Tx, objectIds: readonly string[]): Promise<void> {
  if (objectIds.length === 0) return;
  await db
    .update(reconciliationItems)
    .set({ status: 'resolved', history: appended(reconciliationItems.history, event('applied', 'counterfoil', null)) })
    .where(
      and(
        eq(reconciliationItems.category, 'payment'),
        inArray(reconciliationItems.subjectId, [...objectIds]),
        eq(reconciliationItems.status, 'open'),
        sql`not exists (
          select from stripe_events e
          where e.object_id = ${reconciliationItems.subjectId} and e.status in ('waiting', 'unresolved'))`,
      ),
    );
}
