import { absent } from '../shared/domain/absent.ts';
import { distinct } from '../shared/domain/distinct.ts';
import { type Footprint, named, type PointsWanted } from '../shared/domain/footprint.ts';
import { groupedBy } from '../shared/domain/grouped-by.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { LotShare } from '../shared/domain/lots.ts';
import { asksForHistory } from '../shared/domain/loyalty.ts';
import { type LoyaltyHistory, type Order, type Product, pointsOf, type Vendor } from '../shared/domain/shop.ts';
import type { OverdueHold } from '../shared/domain/state.ts';
import { byColumn } from './by-column.ts';
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

/** Which rows about shops a batch needs. */
export interface ShopsWanted {
  readonly orders: readonly Uuid[];
  readonly vendors: readonly Uuid[];
  readonly products: readonly Uuid[];
  /** Whose points with whom; their accounts are locked with those of everybody else. */
  readonly points: readonly PointsWanted[];
  readonly accounts: readonly Uuid[];
  /** That the orders were paid from. */
  readonly lots: readonly Uuid[];
}

/** What a batch may read about shops. */
export interface LoadedShops {
  readonly vendors: ReadonlyMap<Uuid, Vendor | null>;
  readonly products: Map<Uuid, Product | null>;
  readonly orders: Map<Uuid, Order | null>;
  readonly loyaltyHistories: Map<Uuid, LoyaltyHistory>;
  readonly overdueHolds: Map<Uuid, readonly OverdueHold[]>;
}

/** What the footprints say, and what follows from the orders that they are about. Asks only where there are some. */
export async function findShops(on: Queryable, footprints: readonly Footprint[]): Promise<ShopsWanted> {
  const orders = distinct(named(footprints, 'orders'));
  const keys = orders.length === 0 ? [] : (await selectKeys(on, [orders])).rows;
  const points = [...named(footprints, 'points'), ...keys.map(pointsWantedOf)];
  return {
    orders,
    vendors: distinct([...named(footprints, 'vendors'), ...keys.map(vendorIdOf)]),
    products: distinct([...named(footprints, 'products'), ...keys.flatMap(productIdsOf)]),
    points,
    accounts: distinct(points.map(pointsOf)),
    lots: distinct(keys.flatMap(lotIdsOf)),
  };
}

function pointsWantedOf({ customer_id: customerId, vendor_id: vendorId }: KeysRow): PointsWanted {
  return { customerId, vendorId };
}

function vendorIdOf({ vendor_id: vendorId }: KeysRow): Uuid {
  return vendorId;
}

function productIdsOf({ product_ids: productIds }: KeysRow): readonly Uuid[] {
  return productIds;
}

function lotIdsOf({ lots }: { readonly lots: readonly LotShare[] }): Uuid[] {
  return lots.map(lotIdOf);
}

function lotIdOf({ lotId }: LotShare): Uuid {
  return lotId;
}

/**
 * Locks the products and reads them, their vendors, and the orders; sent together with the locks of the accounts, and
 * behind them. An order has no lock of its own: it changes in its customer's lane only. What is kept of a product for an
 * order changes under the product's lock.
 */
export async function loadShops(
  on: Queryable,
  { orders: orderIds, vendors: vendorIds, products: productIds, points, accounts }: ShopsWanted,
): Promise<LoadedShops> {
  if (orderIds.length + vendorIds.length + productIds.length + accounts.length === 0) return nothing();

  // In this order: what is read of orders and of what is kept for them is read under the products' locks.
  const ids = [orderIds];
  const [locked, late, vendors, orders, items, refunds, holds] = await sendTogether(on, () => [
    lockProducts(on, [productIds]),
    selectLateReservations(on, [productIds]),
    selectVendors(on, [vendorIds]),
    selectOrders(on, ids),
    selectItems(on, ids),
    selectRefunds(on, ids),
    selectLateHolds(on, [accounts]),
  ]);

  const shops = {
    vendors: absent<Uuid, Vendor>(vendorIds),
    products: absent<Uuid, Product>(productIds),
    orders: absent<Uuid, Order>(orderIds),
    overdueHolds: new Map<Uuid, OverdueHold[]>(),
  };
  const lateOf = groupedBy(late.rows, productIdOf);
  const itemsOf = groupedBy(items.rows, orderIdOf);
  const refundsOf = groupedBy(refunds.rows, orderIdOf);
  for (const row of vendors.rows) shops.vendors.set(row.id, vendorOf(row));
  for (const row of locked.rows) shops.products.set(row.id, productOf(row, lateOf.get(row.id) ?? []));
  for (const row of orders.rows) {
    shops.orders.set(row.id, orderOf(row, itemsOf.get(row.id) ?? [], refundsOf.get(row.id) ?? []));
  }
  for (const id of accounts) shops.overdueHolds.set(id, []);
  for (const row of holds.rows) shops.overdueHolds.get(row.account_id)?.push(lateHoldOf(row));
  return { ...shops, loyaltyHistories: await readHistories(on, points, shops) };
}

function productIdOf({ product_id: id }: ReservationRow): Uuid {
  return id;
}

function orderIdOf({ order_id: id }: ItemRow | RefundRow): Uuid {
  return id;
}

function nothing(): LoadedShops {
  return {
    vendors: new Map(),
    products: new Map(),
    orders: new Map(),
    loyaltyHistories: new Map(),
    overdueHolds: new Map(),
  };
}

/** The accounts of points that are missing, empty; before they are locked, so that no two batches create one. */
export async function createPointsAccounts(on: Queryable, points: readonly PointsWanted[]): Promise<void> {
  const byId = new Map<Uuid, PointsWanted>();
  for (const wanted of points) byId.set(pointsOf(wanted), wanted);
  if (byId.size > 0) await createAccounts(on, accountArrays([...byId.values()]));
}

interface KeysRow {
  readonly customer_id: Uuid;
  readonly vendor_id: Uuid;
  readonly product_ids: Uuid[];
  readonly lots: readonly LotShare[];
}

// What an order is about never changes once it exists, and its lots in its customer's lane only.
const selectKeys = statement<KeysRow>(
  'read_order_keys',
  `select o.customer_id, o.vendor_id, o.lots,
          array(select i.product_id from order_items i where i.order_id = o.id) as product_ids
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

const accountArrays = byColumn<PointsWanted>(
  pointsOf,
  ({ customerId }) => customerId,
  ({ vendorId }) => vendorId,
);

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

/**
 * Asked only of those for whom it matters by the rules of their vendor, or of one of their orders: both must have been
 * read for that. Everybody else's says nothing, and nobody asks.
 */
async function readHistories(
  on: Queryable,
  points: readonly PointsWanted[],
  { vendors, orders }: Pick<LoadedShops, 'vendors' | 'orders'>,
): Promise<Map<Uuid, LoyaltyHistory>> {
  const histories = new Map<Uuid, LoyaltyHistory>();
  for (const one of points) histories.set(pointsOf(one), unasked);
  const ofVendors = points.filter(({ vendorId }) => {
    const vendor = vendors.get(vendorId);
    return vendor != null && asksForHistory(vendor.loyalty);
  });
  const ofOrders = [...orders.values()].filter((order) => order !== null).filter(({ rules }) => asksForHistory(rules));
  const accounts = distinct([...ofVendors, ...ofOrders].map(pointsOf));
  if (accounts.length === 0) return histories;

  const { rows } = await selectHistories(on, [accounts]);
  for (const { account_id: id, paid_orders: paidOrders, earned_in_year: earnedInYear } of rows) {
    histories.set(id, { paidOrders: Number(paidOrders), earnedInYear: Number(earnedInYear) });
  }
  return histories;
}

const unasked: LoyaltyHistory = { paidOrders: 0, earnedInYear: 0 };

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
