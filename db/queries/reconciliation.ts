import { and, desc, eq } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Tx } from '../client.ts';
import { reconciliationItems } from '../schema.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './page.ts';

export type ItemRecord = typeof reconciliationItems.$inferSelect;

export interface ItemFilter {
  readonly status: ItemRecord['status'] | undefined;
  readonly category: ItemRecord['category'] | undefined;
}

export async function readItem({ db }: Tx, id: Uuid): Promise<ItemRecord | null> {
  const [row] = await db.select().from(reconciliationItems).where(eq(reconciliationItems.id, id));
  return row ?? null;
}

/** Items, newest first. */
export async function listItems(
  { db }: Tx,
  { status, category }: ItemFilter,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: ItemRecord; readonly keys: TimeKeys }[]> {
  const items = reconciliationItems;
  const rows = await db
    .select({ record: items, micros: microsOf(items.openedAt) })
    .from(items)
    .where(
      and(
        status === undefined ? undefined : eq(items.status, status),
        category === undefined ? undefined : eq(items.category, category),
        isAfter(items.openedAt, items.id, after),
      ),
    )
    .orderBy(desc(items.openedAt), desc(items.id))
    .limit(limit);
  return rows.map(({ record, micros }) => ({ record, keys: [micros, record.id] }));
}
