import type { Footprint, PointsWanted } from '../shared/domain/footprint.ts';
import { groupedBy } from '../shared/domain/grouped-by.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { LotShare } from '../shared/domain/lots.ts';
import { type LoyaltyHistory, type Order, type Product, pointsOf, type Vendor } from '../shared/domain/shop.ts';
import type { OverdueHold } from '../shared/domain/state.ts';
import { plainArray } from './array-literal.ts';
import { earnedInYearOf, paidOrdersOf } from './loyalty-history.ts';
import {
  type ItemRow,
  type OrderRow,
  orderOf,
  type ProductRow,
  productOf,
  type RefundRow,
  type ReservationRow,
  type VendorRow,
  vendorOf,
} from './shop-rows.ts';
import { type Queryable, sendTogether, statement } from './statement.ts';

/** What a batch may read about shops, and the accounts and lots that belong to it. */
export interface LoadedShops {
  readonly vendors: ReadonlyMap<Uuid, Vendor | null>;
  readonly products: Map<Uuid, Product | null>;
  readonly orders: Map<Uuid, Order | null>;
  readonly loyaltyHistories: Map<Uuid, LoyaltyHistory>;
  readonly overdueHolds: Map<Uuid, readonly OverdueHold[]>;
  /** Still to be locked, with those of everybody else. */
  readonly accounts: readonly Uuid[];
  /** That orders have been paid from. */
  readonly lots: readonly Uuid[];
}

/**
 * Locks the products that the footprints are about and reads them, their vendors, and the orders; creates the points
 * accounts that are missing. An order has no lock of its own: it changes in its customer's lane only. What is kept of a
 * product for an order changes under the product's lock. Costs nothing where no footprint is about shops.
 */
export async function loadShops(on: Queryable, footprints: readonly Footprint[]): Promise<LoadedShops> {
  const orderIds = distinct(footprints.flatMap(({ orders }) => orders ?? []));
  const named = {
    vendors: footprints.flatMap(({ vendors }) => vendors ?? []),
    products: footprints.flatMap(({ products }) => products ?? []),
    points: footprints.flatMap(({ points }) => points ?? []),
  };
  if (orderIds.length + named.vendors.length + named.products.length + named.points.length === 0) return nothing();

  const keys = orderIds.length === 0 ? [] : (await selectKeys(on, [plainArray(orderIds)])).rows;
  const vendorIds = distinct([...named.vendors, ...keys.map(({ vendor_id: id }) => id)]);
  const productIds = distinct([...named.products, ...keys.flatMap(({ product_ids: ids }) => ids)]);
  const points = [...named.points, ...keys.map((key) => ({ customerId: key.customer_id, vendorId: key.vendor_id }))];
  const accounts = distinct(points.map(pointsOf));

  // In this order: what is read of orders and of what is kept for them is read under the products' locks.
  const ids = [plainArray(orderIds)];
  const [locked, late, vendors, orders, items, refunds] = await sendTogether(on, () => [
    lockProducts(on, [plainArray(productIds)]),
    selectLateReservations(on, [plainArray(productIds)]),
    selectVendors(on, [plainArray(vendorIds)]),
    selectOrders(on, ids),
    selectItems(on, ids),
    selectRefunds(on, ids),
  ]);
  await createAccounts(on, accountArrays(points));
  const [histories, holds] = await sendTogether(on, () => [
    selectHistories(on, [plainArray(accounts)]),
    selectLateHolds(on, [plainArray(accounts)]),
  ]);

  const itemsOf = groupedBy(items.rows, ({ order_id: id }) => id);
  const refundsOf = groupedBy(refunds.rows, ({ order_id: id }) => id);
  const lateOf = groupedBy(late.rows, ({ product_id: id }) => id);
  const found = orders.rows.map((row) => orderOf(row, itemsOf.get(row.id) ?? [], refundsOf.get(row.id) ?? []));
  const overdueHolds = new Map<Uuid, OverdueHold[]>(accounts.map((id) => [id, []]));
  for (const row of holds.rows) overdueHolds.get(row.account_id)?.push(lateHoldOf(row));
  return {
    vendors: rowsOf(vendorIds, vendors.rows.map(vendorOf)),
    products: rowsOf(
      productIds,
      locked.rows.map((row) => productOf(row, lateOf.get(row.id) ?? [])),
    ),
    orders: rowsOf(orderIds, found),
    loyaltyHistories: historiesOf(accounts, histories.rows),
    overdueHolds,
    accounts,
    lots: distinct(
      [...found, ...[...overdueHolds.values()].flat()].flatMap(({ lots }) => lots.map(({ lotId }) => lotId)),
    ),
  };
}

function nothing(): LoadedShops {
  return {
    vendors: new Map(),
    products: new Map(),
    orders: new Map(),
    loyaltyHistories: new Map(),
    overdueHolds: new Map(),
    accounts: [],
    lots: [],
  };
}

interface KeysRow {
  readonly customer_id: Uuid;
  readonly vendor_id: Uuid;
  readonly product_ids: Uuid[];
}

// What an order is about never changes once it exists.
const selectKeys = statement<KeysRow>(
  'read_order_keys',
  `select o.customer_id, o.vendor_id, array(select i.product_id from order_items i where i.order_id = o.id) as product_ids
   from orders o where o.id = any($1::uuid[])`,
);

const lockProducts = statement<ProductRow>(
  'lock_products',
  `select id, vendor_id, name, price_minor, currency, available, reserved, sold from products
   where id = any($1::uuid[]) order by id for no key update`,
);

const selectLateReservations = statement<ReservationRow>(
  'read_late_reservations',
  `select i.product_id, i.order_id, i.quantity, (extract(epoch from o.reserved_until) * 1000)::float8 as until_ms
   from order_items i join orders o on o.id = i.order_id
   where i.product_id = any($1::uuid[]) and i.stock = 'reserved' and o.reserved_until <= now()`,
);

const selectVendors = statement<VendorRow>(
  'read_vendors',
  'select id, name, owner_user_id, loyalty, loyalty_version from vendors where id = any($1::uuid[])',
);

const selectOrders = statement<OrderRow>(
  'read_orders',
  `select o.id, o.customer_id, o.vendor_id, o.status, o.currency, o.subtotal_minor, o.discount_minor, o.total_minor,
          o.refunded_minor, o.points_redeemed, o.points_earned, o.loyalty, o.rules, o.lots, h.status as hold,
          o.payment_method, o.payment_intent_id, (extract(epoch from o.reserved_until) * 1000)::float8 as reserved_ms,
          (extract(epoch from o.created_at) * 1000)::float8 as created_ms,
          (extract(epoch from o.paid_at) * 1000)::float8 as paid_ms
   from orders o left join holds h on h.id = o.id
   where o.id = any($1::uuid[])`,
);

const selectItems = statement<ItemRow>(
  'read_order_items',
  `select order_id, product_id, name, unit_price_minor, quantity, stock, returned from order_items
   where order_id = any($1::uuid[]) order by order_id, position`,
);

const selectRefunds = statement<RefundRow>(
  'read_order_refunds',
  `select id, order_id, amount_minor, status, returns, points_returned, points_reversed from order_refunds
   where order_id = any($1::uuid[]) order by order_id, created_at, id`,
);

// Created before they are locked with all others: two batches cannot create one with different balances.
const createAccounts = statement(
  'create_points_accounts',
  `insert into accounts (id, owner_id, vendor_id, asset)
   select wanted.id, u.id, v.id, 'points'
   from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as wanted (id, customer_id, vendor_id)
   join users u on u.id = wanted.customer_id join vendors v on v.id = wanted.vendor_id
   where not exists (select from accounts a where a.id = wanted.id)
   order by wanted.id
   on conflict do nothing`,
);

function accountArrays(points: readonly PointsWanted[]): string[] {
  const byId = new Map(points.map((wanted) => [pointsOf(wanted), wanted]));
  return [
    plainArray([...byId.keys()]),
    plainArray([...byId.values()].map(({ customerId }) => customerId)),
    plainArray([...byId.values()].map(({ vendorId }) => vendorId)),
  ];
}

interface HistoryRow {
  readonly account_id: Uuid;
  readonly paid_orders: string;
  readonly earned_in_year: string | null;
}

const selectHistories = statement<HistoryRow>(
  'read_loyalty_histories',
  `select a.id as account_id, ${paidOrdersOf} as paid_orders, ${earnedInYearOf} as earned_in_year
   from accounts a where a.id = any($1::uuid[])`,
);

function historiesOf(accounts: readonly Uuid[], rows: readonly HistoryRow[]): Map<Uuid, LoyaltyHistory> {
  const histories = new Map<Uuid, LoyaltyHistory>(accounts.map((id) => [id, { paidOrders: 0, earnedInYear: 0 }]));
  for (const { account_id: id, paid_orders: paidOrders, earned_in_year: earnedInYear } of rows) {
    histories.set(id, { paidOrders: Number(paidOrders), earnedInYear: Number(earnedInYear) });
  }
  return histories;
}

interface LateHoldRow {
  readonly account_id: Uuid;
  readonly order_id: Uuid;
  readonly amount: string;
  readonly lots: readonly LotShare[];
  readonly until_ms: number;
}

const selectLateHolds = statement<LateHoldRow>(
  'read_late_holds',
  `select h.account_id, o.id as order_id, h.amount, o.lots, (extract(epoch from o.reserved_until) * 1000)::float8 as until_ms
   from holds h join orders o on o.id = h.id
   where h.account_id = any($1::uuid[]) and h.status = 'live' and o.reserved_until <= now()`,
);

function lateHoldOf({ order_id: orderId, amount, lots, until_ms: until }: LateHoldRow): OverdueHold {
  return { orderId, amount: Number(amount), lots, until };
}

function rowsOf<Row extends { readonly id: Uuid }>(ids: readonly Uuid[], rows: readonly Row[]): Map<Uuid, Row | null> {
  return new Map<Uuid, Row | null>([
    ...ids.map((id) => [id, null] as const),
    ...rows.map((row) => [row.id, row] as const),
  ]);
}

function distinct(ids: readonly Uuid[]): Uuid[] {
  return [...new Set(ids)];
}
