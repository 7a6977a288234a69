import type { ChangedItem, MovedStock, RefundOf, ShopChanges } from '../shared/domain/apply-shop.ts';
import { derivedId } from '../shared/domain/ids.ts';
import { type Order, orderNumberOf, type Product, pointsOf } from '../shared/domain/shop.ts';
import { byColumn } from './by-column.ts';
import { type Parameter, type Queryable, statement } from './statement.ts';
import { write } from './write.ts';

/** The writes of a batch about shops, in this order: what is referred to comes before what refers to it. */
export function shopWrites(on: Queryable, changes: ShopChanges): Promise<void>[] {
  const { products, ordersPlaced, ordersChanged, itemsChanged, stockMoved, refundsAsked, refundsEnded } = changes;
  const placed = [...ordersPlaced.values()];
  const items = placed.flatMap((order) => order.items.map((item, position) => ({ order, item, position })));
  return [
    write('changed products', products.size, () => updateProducts(on, productArrays([...products.values()]))),
    write('new orders', placed.length, () => insertOrders(on, orderArrays(placed))),
    write('new order items', items.length, () => insertItems(on, itemArrays(items))),
    write('changed orders', ordersChanged.size, () =>
      updateOrders(on, changedOrderArrays([...ordersChanged.values()])),
    ),
    write('changed order items', itemsChanged.size, () =>
      updateItems(on, changedItemArrays([...itemsChanged.values()])),
    ),
    write('stock movements', stockMoved.length, () => insertMovements(on, movementArrays(stockMoved))),
    write('new refunds', refundsAsked.size, () => insertRefunds(on, refundArrays([...refundsAsked.values()]))),
    write('ended refunds', refundsEnded.size, () => updateRefunds(on, refundArrays([...refundsEnded.values()]))),
  ];
}

const updateProducts = statement(
  'update_products',
  `update products p set available = new.available, reserved = new.reserved, sold = new.sold, updated_at = now()
   from unnest($1::uuid[], $2::int[], $3::int[], $4::int[]) as new (id, available, reserved, sold) where p.id = new.id`,
);

const productArrays = byColumn<Product>(
  ({ id }) => id,
  ({ available }) => available,
  ({ reserved }) => reserved,
  ({ sold }) => sold,
);

const changing = `id, status, refunded_minor, points_earned, loyalty, lots, payment_intent_id, reserved_until, paid_at`;

const changingTypes = `$1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[],
  $8::timestamptz[], $9::timestamptz[]`;

const insertOrders = statement(
  'insert_orders',
  `insert into orders (id, status, refunded_minor, points_earned, loyalty, lots, payment_intent_id, reserved_until,
                       paid_at, order_number, customer_id, vendor_id, account_id, currency, subtotal_minor,
                       discount_minor, total_minor, points_redeemed, rules, payment_method, created_at)
   select id, status, refunded_minor, points_earned, loyalty, lots::jsonb, payment_intent_id, reserved_until, paid_at,
          order_number, customer_id, vendor_id, account_id, currency, subtotal_minor, discount_minor, total_minor,
          points_redeemed, rules::jsonb, payment_method, created_at
   from unnest(${changingTypes}, $10::text[], $11::uuid[], $12::uuid[], $13::uuid[], $14::text[], $15::bigint[],
               $16::bigint[], $17::bigint[], $18::bigint[], $19::text[], $20::text[], $21::timestamptz[])
     as new (${changing}, order_number, customer_id, vendor_id, account_id, currency, subtotal_minor, discount_minor,
             total_minor, points_redeemed, rules, payment_method, created_at)`,
);

const updateOrders = statement(
  'update_orders',
  `update orders o
   set status = new.status, refunded_minor = new.refunded_minor, points_earned = new.points_earned,
       loyalty = new.loyalty, lots = new.lots::jsonb,
       payment_intent_id = coalesce(new.payment_intent_id, o.payment_intent_id), reserved_until = new.reserved_until,
       paid_at = new.paid_at, updated_at = now()
   from unnest(${changingTypes}) as new (${changing}) where o.id = new.id`,
);

const changedOrderArrays = byColumn<Order>(
  ({ id }) => id,
  ({ status }) => status,
  ({ refundedMinor }) => refundedMinor,
  ({ pointsEarned }) => pointsEarned,
  ({ loyalty }) => loyalty,
  ({ lots }) => JSON.stringify(lots),
  ({ paymentIntentId }) => paymentIntentId,
  ({ reservedUntil }) => reservedUntil,
  ({ paidAt }) => paidAt,
);

function orderArrays(orders: readonly Order[]): Parameter[] {
  return [...changedOrderArrays(orders), ...fixedOrderArrays(orders)];
}

const fixedOrderArrays = byColumn<Order>(
  ({ id }) => orderNumberOf(id),
  ({ customerId }) => customerId,
  ({ vendorId }) => vendorId,
  pointsOf,
  ({ currency }) => currency,
  ({ subtotalMinor }) => subtotalMinor,
  ({ discountMinor }) => discountMinor,
  ({ totalMinor }) => totalMinor,
  ({ pointsRedeemed }) => pointsRedeemed,
  ({ rules }) => JSON.stringify(rules),
  ({ paymentMethod }) => paymentMethod,
  ({ createdAt }) => createdAt,
);

const insertItems = statement(
  'insert_order_items',
  `insert into order_items (order_id, position, product_id, name, unit_price_minor, quantity, stock, returned)
   select * from unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::bigint[], $6::int[], $7::text[], $8::int[])`,
);

interface NewItem {
  readonly order: Order;
  readonly item: Order['items'][number];
  readonly position: number;
}

const itemArrays = byColumn<NewItem>(
  ({ order }) => order.id,
  ({ position }) => position,
  ({ item }) => item.productId,
  ({ item }) => item.name,
  ({ item }) => item.unitPriceMinor,
  ({ item }) => item.quantity,
  ({ item }) => item.stock,
  ({ item }) => item.returned,
);

const updateItems = statement(
  'update_order_items',
  `update order_items i set stock = new.stock, returned = i.returned + new.returned
   from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[]) as new (order_id, product_id, stock, returned)
   where i.order_id = new.order_id and i.product_id = new.product_id`,
);

const changedItemArrays = byColumn<ChangedItem>(
  ({ orderId }) => orderId,
  ({ productId }) => productId,
  ({ stock }) => stock,
  ({ returned }) => returned,
);

const insertMovements = statement(
  'insert_stock_movements',
  `insert into stock_movements (id, product_id, move, quantity, available_before, order_id, operation_id)
   select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::uuid[], $7::uuid[])`,
);

const movementArrays = byColumn<MovedStock>(
  movementIdOf,
  ({ productId }) => productId,
  ({ move }) => move,
  ({ quantity }) => quantity,
  ({ availableBefore }) => availableBefore,
  ({ orderId }) => orderId,
  ({ operationId }) => operationId,
);

/** An operation moves the pieces of one order's product in one way at most: writing it twice is impossible. */
function movementIdOf({ operationId, orderId, productId, move }: MovedStock): string {
  return derivedId(`stock/${operationId}/${orderId}/${productId}/${move}`);
}

const insertRefunds = statement(
  'insert_order_refunds',
  `insert into order_refunds (id, status, points_returned, points_reversed, order_id, amount_minor, returns, settled_at)
   select id, status, points_returned, points_reversed, order_id, amount_minor, returns::jsonb,
          case when status <> 'pending' then now() end
   from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[], $6::bigint[], $7::text[])
     as new (id, status, points_returned, points_reversed, order_id, amount_minor, returns)`,
);

const updateRefunds = statement(
  'update_order_refunds',
  `update order_refunds r
   set status = new.status, points_returned = new.points_returned, points_reversed = new.points_reversed,
       settled_at = now()
   from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[], $6::bigint[], $7::text[])
     as new (id, status, points_returned, points_reversed, order_id, amount_minor, returns)
   where r.id = new.id and r.status = 'pending'`,
);

const refundArrays = byColumn<RefundOf>(
  ({ id }) => id,
  ({ status }) => status,
  ({ pointsReturned }) => pointsReturned,
  ({ pointsReversed }) => pointsReversed,
  ({ orderId }) => orderId,
  ({ amountMinor }) => amountMinor,
  ({ returns }) => JSON.stringify(returns),
);
