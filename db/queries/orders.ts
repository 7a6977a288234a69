import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { LoyaltyHistory, OrderItem, OrderStatus } from '../../shared/domain/shop.ts';
import { pointsOf } from '../../shared/domain/shop.ts';
import type { Tx } from '../client.ts';
import { earnedInYearOf, paidOrdersOf } from '../loyalty-history.ts';
import { orderItems, orders } from '../schema.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './page.ts';

/** An order as it is shown. */
export interface OrderRecord {
  readonly id: Uuid;
  readonly orderNumber: string;
  readonly status: OrderStatus;
  readonly customerId: Uuid;
  readonly vendorId: Uuid;
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly totalMinor: number;
  readonly refundedMinor: number;
  readonly currency: string;
  readonly pointsRedeemed: number;
  readonly pointsEarned: number;
  readonly paymentIntentId: string | null;
  readonly createdAt: Date;
  readonly items: readonly Omit<OrderItem, 'stock'>[];
}

const columns = {
  id: orders.id,
  orderNumber: orders.orderNumber,
  status: orders.status,
  customerId: orders.customerId,
  vendorId: orders.vendorId,
  subtotalMinor: orders.subtotalMinor,
  discountMinor: orders.discountMinor,
  totalMinor: orders.totalMinor,
  refundedMinor: orders.refundedMinor,
  currency: orders.currency,
  pointsRedeemed: orders.pointsRedeemed,
  pointsEarned: orders.pointsEarned,
  paymentIntentId: orders.paymentIntentId,
  createdAt: orders.createdAt,
};

export async function readOrder(tx: Tx, id: Uuid): Promise<OrderRecord | null> {
  const [row] = await tx.db.select(columns).from(orders).where(eq(orders.id, id));
  if (row === undefined) return null;
  return { items: (await itemsOf(tx, [id])).get(id) ?? [], ...row };
}

export interface OrderFilter {
  readonly customerId: Uuid | undefined;
  readonly vendorId: Uuid | undefined;
  readonly status: OrderStatus | undefined;
}

/** Orders, newest first, as far as the viewer sees them. */
export async function listOrders(
  tx: Tx,
  { customerId, vendorId, status }: OrderFilter,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: OrderRecord; readonly keys: TimeKeys }[]> {
  const rows = await tx.db
    .select({ ...columns, micros: microsOf(orders.createdAt) })
    .from(orders)
    .where(
      and(
        customerId === undefined ? undefined : eq(orders.customerId, customerId),
        vendorId === undefined ? undefined : eq(orders.vendorId, vendorId),
        status === undefined ? undefined : eq(orders.status, status),
        isAfter(orders.createdAt, orders.id, after),
      ),
    )
    .orderBy(desc(orders.createdAt), desc(orders.id))
    .limit(limit);
  const items = await itemsOf(
    tx,
    rows.map(({ id }) => id),
  );
  return rows.map(({ micros, ...row }) => ({
    record: { items: items.get(row.id) ?? [], ...row },
    keys: [micros, row.id],
  }));
}

async function itemsOf({ db }: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, OrderRecord['items']>> {
  const items = new Map<Uuid, OrderRecord['items'][number][]>(ids.map((id) => [id, []]));
  if (ids.length === 0) return items;
  const { orderId, position, productId, name, unitPriceMinor, quantity, returned } = orderItems;
  const rows = await db
    .select({ orderId, productId, name, unitPriceMinor, quantity, returned })
    .from(orderItems)
    .where(inArray(orderId, [...ids]))
    .orderBy(orderId, position);
  for (const { orderId: id, ...item } of rows) items.get(id)?.push(item);
  return items;
}

/** What a customer's points with a vendor are, as far as pricing is concerned. */
export interface PointsStanding {
  readonly available: number;
  readonly history: LoyaltyHistory;
}

interface StandingRow {
  readonly available: string;
  readonly paid_orders: string;
  readonly earned_in_year: string;
}

/** As the viewer sees it; nothing where there is no account yet. */
export async function readPointsStanding(
  { db }: Tx,
  parties: { readonly customerId: Uuid; readonly vendorId: Uuid },
): Promise<PointsStanding> {
  const { rows } = await db.execute<StandingRow & Record<string, unknown>>(sql`
    select a.balance - a.held - coalesce((
             select sum(l.remaining) from lots l
             where l.account_id = a.id and l.remaining > 0
               and (l.expires_at <= now() or l.spendable_from > now())), 0) as available,
           ${sql.raw(paidOrdersOf)} as paid_orders, ${sql.raw(earnedInYearOf)} as earned_in_year
    from accounts a where a.id = ${pointsOf(parties)}`);
  const [row] = rows;
  if (row === undefined) return { available: 0, history: { paidOrders: 0, earnedInYear: 0 } };
  const { available, paid_orders: paidOrders, earned_in_year: earnedInYear } = row;
  return {
    available: Number(available),
    history: { paidOrders: Number(paidOrders), earnedInYear: Number(earnedInYear) },
  };
}
