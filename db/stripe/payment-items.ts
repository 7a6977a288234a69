import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Tx } from '../client.ts';
import { appended, event, openItem } from '../reconciliation.ts';
import { reconciliationItems } from '../schema.ts';

interface PaymentItem {
  /** Of the Stripe object. */
  readonly subjectId: string;
  /** Of the event. */
  readonly kind: string;
  /** What it lacks. */
  readonly error: string;
}

/** Asks a person about a payment that belongs to nobody known, or for nothing known: one item for each object. */
export async function openPaymentItem(tx: Tx, { subjectId, kind, error }: PaymentItem): Promise<void> {
  const summary = `Stripe says ${kind} about ${subjectId}, and it cannot be told what follows`;
  await openItem(tx, { category: 'payment', subjectId, kind, summary, error, attempts: 1 });
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
