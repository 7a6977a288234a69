import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import type { LotShare } from '../../shared/domain/lots.ts';
import type {
  LoyaltyRules,
  LoyaltyStatus,
  OrderItem,
  OrderRefund,
  OrderStatus,
  Pieces,
  StockMove,
} from '../../shared/domain/shop.ts';
import { credits, instant } from './columns.ts';
import { users } from './directory.ts';
import { accounts } from './ledger.ts';
import { vendors } from './vendors.ts';

/** Minor units of a currency. */
const minor = (name: string) => bigint(name, { mode: 'number' });

/** What vendors sell. Its row is locked by whatever moves its stock, before any account. */
export const products = pgTable(
  'products',
  {
    id: uuid('id').primaryKey(),
    vendorId: uuid('vendor_id')
      .notNull()
      .references(() => vendors.id),
    name: text('name').notNull(),
    priceMinor: minor('price_minor').notNull(),
    currency: text('currency').notNull(),
    /** Pieces that can be ordered, kept for orders, and gone: what `stock_movements` add up to. */
    available: integer('available').notNull().default(0),
    reserved: integer('reserved').notNull().default(0),
    sold: integer('sold').notNull().default(0),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    index('products_of_vendor').on(t.vendorId, t.createdAt, t.id),
    check('products_cost_something_or_nothing', sql`${t.priceMinor} >= 0`),
    check('products_stock_not_negative', sql`${t.available} >= 0 and ${t.reserved} >= 0 and ${t.sold} >= 0`),
  ],
);

/** The stock ledger: every piece that came, was kept, went, or came back. Append-only by privilege. */
export const stockMovements = pgTable(
  'stock_movements',
  {
    id: uuid('id').primaryKey(),
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    productId: uuid('product_id')
      .notNull()
      .references(() => products.id),
    move: text('move').$type<StockMove>().notNull(),
    quantity: integer('quantity').notNull(),
    /** Of the pieces that can be ordered. */
    availableBefore: integer('available_before').notNull(),
    orderId: uuid('order_id'),
    /** Null: the directory's. */
    operationId: uuid('operation_id'),
    createdAt: instant('created_at').notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    index('stock_movements_of_product').on(t.productId, t.seq),
    check('stock_movements_of_something', sql`${t.quantity} > 0`),
    check(
      'stock_movements_move_known',
      sql`${t.move} in ('received', 'removed', 'reserved', 'released', 'sold', 'returned')`,
    ),
  ],
);

/** What was ordered. It changes in its customer's lane only: that is its lock. */
export const orders = pgTable(
  'orders',
  {
    /** The id of the operation that made it. */
    id: uuid('id').primaryKey(),
    orderNumber: text('order_number').notNull().unique('orders_one_per_number'),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => users.id),
    vendorId: uuid('vendor_id')
      .notNull()
      .references(() => vendors.id),
    /** The customer's points with the vendor. */
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    status: text('status').$type<OrderStatus>().notNull(),
    currency: text('currency').notNull(),
    subtotalMinor: minor('subtotal_minor').notNull(),
    discountMinor: minor('discount_minor').notNull(),
    totalMinor: minor('total_minor').notNull(),
    refundedMinor: minor('refunded_minor').notNull().default(0),
    pointsRedeemed: credits('points_redeemed').notNull(),
    pointsEarned: credits('points_earned').notNull(),
    loyalty: text('loyalty').$type<LoyaltyStatus>().notNull(),
    rules: jsonb('rules').$type<LoyaltyRules>().notNull(),
    lots: jsonb('lots').$type<readonly LotShare[]>().notNull(),
    paymentMethod: text('payment_method').notNull(),
    paymentIntentId: text('payment_intent_id'),
    reservedUntil: instant('reserved_until'),
    createdAt: instant('created_at').notNull(),
    paidAt: instant('paid_at'),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    index('orders_of_customer').on(t.customerId, t.createdAt, t.id),
    index('orders_of_vendor').on(t.vendorId, t.createdAt, t.id),
    index('orders_paid').on(t.vendorId, t.paidAt).where(sql`${t.paidAt} is not null`),
    index('orders_of_account').on(t.accountId),
    index('orders_of_intent').on(t.paymentIntentId).where(sql`${t.paymentIntentId} is not null`),
    index('orders_reserved').on(t.reservedUntil).where(sql`${t.reservedUntil} is not null`),
    check(
      'orders_status_known',
      sql`${t.status} in ('awaiting_payment', 'paid', 'payment_failed', 'partially_refunded', 'refunded')`,
    ),
    check('orders_loyalty_known', sql`${t.loyalty} in ('none', 'due', 'settled', 'dropped')`),
    check('orders_total_adds_up', sql`${t.totalMinor} = ${t.subtotalMinor} - ${t.discountMinor}`),
    check('orders_amounts_not_negative', sql`${t.totalMinor} >= 0 and ${t.discountMinor} >= 0`),
    check('orders_points_not_negative', sql`${t.pointsRedeemed} >= 0 and ${t.pointsEarned} >= 0`),
    check('orders_refunds_within_total', sql`${t.refundedMinor} between 0 and ${t.totalMinor}`),
    check(
      'orders_paid_iff_it_says_so',
      sql`(${t.status} in ('paid', 'partially_refunded', 'refunded')) = (${t.paidAt} is not null)`,
    ),
    check('orders_kept_while_unpaid_only', sql`${t.reservedUntil} is null or ${t.status} = 'awaiting_payment'`),
  ],
);

export const orderItems = pgTable(
  'order_items',
  {
    orderId: uuid('order_id')
      .notNull()
      .references(() => orders.id),
    position: integer('position').notNull(),
    productId: uuid('product_id')
      .notNull()
      .references(() => products.id),
    /** As it was called and priced when it was ordered. */
    name: text('name').notNull(),
    unitPriceMinor: minor('unit_price_minor').notNull(),
    quantity: integer('quantity').notNull(),
    /** Changes under the product's lock: whoever needs what is kept for an order whose time is over takes it. */
    stock: text('stock').$type<OrderItem['stock']>().notNull(),
    returned: integer('returned').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.orderId, t.position] }),
    unique('order_items_one_per_product').on(t.orderId, t.productId),
    index('order_items_reserved').on(t.productId).where(sql`${t.stock} = 'reserved'`),
    check('order_items_of_something', sql`${t.quantity} > 0`),
    check('order_items_stock_known', sql`${t.stock} in ('reserved', 'sold', 'released')`),
    check('order_items_returned_within_quantity', sql`${t.returned} between 0 and ${t.quantity}`),
  ],
);

/** Money on its way back to customers. */
export const orderRefunds = pgTable(
  'order_refunds',
  {
    /** The id of the operation that asked for it. */
    id: uuid('id').primaryKey(),
    orderId: uuid('order_id')
      .notNull()
      .references(() => orders.id),
    amountMinor: minor('amount_minor').notNull(),
    status: text('status').$type<OrderRefund['status']>().notNull(),
    returns: jsonb('returns').$type<readonly Pieces[]>().notNull(),
    pointsReturned: credits('points_returned').notNull().default(0),
    pointsReversed: credits('points_reversed').notNull().default(0),
    createdAt: instant('created_at').notNull().defaultNow(),
    settledAt: instant('settled_at'),
  },
  (t) => [
    index('order_refunds_of_order').on(t.orderId),
    check('order_refunds_not_negative', sql`${t.amountMinor} >= 0`),
    check('order_refunds_status_known', sql`${t.status} in ('pending', 'done', 'failed')`),
    check('order_refunds_settled_iff_over', sql`(${t.status} = 'pending') = (${t.settledAt} is null)`),
    check(
      'order_refunds_move_points_once_done',
      sql`${t.status} = 'done' or (${t.pointsReturned} = 0 and ${t.pointsReversed} = 0)`,
    ),
  ],
);
