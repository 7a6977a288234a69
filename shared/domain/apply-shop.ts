import type { Effect, Hold, OperationFinished, StockMoved } from './effects.ts';
import type { Uuid } from './ids.ts';
import { type Outgoing, outgoingOfOrder, outgoingOfPayment } from './outbox.ts';
import { type LoyaltyHistory, type Order, type OrderItem, type OrderRefund, type Product, pointsOf } from './shop.ts';
import { lookup, type OverdueHold } from './state.ts';

/** What a batch has loaded about shops, and changes while it is decided. */
export interface ShopState {
  readonly products: Map<Uuid, Product | null>;
  readonly orders: Map<Uuid, Order | null>;
  readonly loyaltyHistories: Map<Uuid, LoyaltyHistory>;
  readonly overdueHolds: Map<Uuid, readonly OverdueHold[]>;
}

/** What a batch has to write about shops; rows that were changed several times appear once, in their last state. */
export interface ShopChanges {
  readonly products: Map<Uuid, Product>;
  readonly ordersPlaced: Map<Uuid, Order>;
  readonly ordersChanged: Map<Uuid, Order>;
  readonly itemsChanged: Map<string, ChangedItem>;
  readonly stockMoved: MovedStock[];
  readonly refundsAsked: Map<Uuid, RefundOf>;
  readonly refundsEnded: Map<Uuid, RefundOf>;
  /** By operation: the last word counts. */
  readonly finished: Map<Uuid, OperationFinished['result']>;
}

/** A line of an order that exists already; the order need not be loaded. */
export interface ChangedItem {
  readonly orderId: Uuid;
  readonly productId: Uuid;
  readonly stock: OrderItem['stock'];
  /** How many more of it have come back. */
  readonly returned: number;
}

export interface MovedStock extends StockMoved {
  readonly operationId: Uuid;
  readonly availableBefore: number;
}

export interface RefundOf extends OrderRefund {
  readonly orderId: Uuid;
}

export type ShopEffect = Extract<
  Effect,
  {
    readonly type:
      | 'order-placed'
      | 'order-changed'
      | 'stock-moved'
      | 'refund-asked'
      | 'refund-ended'
      | 'payment-wanted'
      | 'operation-finished';
  }
>;

export function noShopChanges(): ShopChanges {
  return {
    products: new Map(),
    ordersPlaced: new Map(),
    ordersChanged: new Map(),
    itemsChanged: new Map(),
    stockMoved: [],
    refundsAsked: new Map(),
    refundsEnded: new Map(),
    finished: new Map(),
  };
}

/** The part of `apply` that is about shops; answers with what is to be done outside. */
export function applyToShop(state: ShopState, changes: ShopChanges, operationId: Uuid, effect: ShopEffect): Outgoing[] {
  switch (effect.type) {
    case 'order-placed':
      state.orders.set(effect.order.id, effect.order);
      changes.ordersPlaced.set(effect.order.id, effect.order);
      return [];
    case 'order-changed': {
      const before = present(state.orders, effect.orderId);
      const after = changeOrder(state, changes, effect.orderId, effect.change);
      if (before.paidAt === null && after.paidAt !== null) countPaid(state, after);
      return before.status === after.status ? [] : outgoingOfOrder(after);
    }
    case 'stock-moved':
      moveStock(state, changes, operationId, effect);
      return [];
    case 'refund-asked': {
      const { refunds } = present(state.orders, effect.orderId);
      changeOrder(state, changes, effect.orderId, {}, [...refunds, effect.refund]);
      changes.refundsAsked.set(effect.refund.id, { orderId: effect.orderId, ...effect.refund });
      return [];
    }
    case 'refund-ended':
      endRefund(state, changes, effect.orderId, effect.refund);
      return [];
    case 'payment-wanted':
      return [outgoingOfPayment(effect)];
    case 'operation-finished':
      changes.finished.set(effect.operationId, effect.result);
      return [];
    default:
      effect satisfies never;
      return [];
  }
}

function changeOrder(
  state: ShopState,
  changes: ShopChanges,
  orderId: Uuid,
  change: Partial<Order>,
  refunds?: readonly OrderRefund[],
): Order {
  const before = present(state.orders, orderId);
  const after = { ...before, ...change, refunds: refunds ?? before.refunds };
  state.orders.set(orderId, after);
  // One that is placed and changed in one batch is inserted once, as it ended.
  const written = changes.ordersPlaced.has(orderId) ? changes.ordersPlaced : changes.ordersChanged;
  written.set(orderId, after);
  return after;
}

function endRefund(state: ShopState, changes: ShopChanges, orderId: Uuid, refund: OrderRefund): void {
  const { refunds } = present(state.orders, orderId);
  changeOrder(
    state,
    changes,
    orderId,
    {},
    refunds.map((one) => (one.id === refund.id ? refund : one)),
  );
  const written = changes.refundsAsked.has(refund.id) ? changes.refundsAsked : changes.refundsEnded;
  written.set(refund.id, { orderId, ...refund });
}

/** What a move adds to the pieces that can be ordered, are kept, and are sold. */
const columnsOf: Readonly<Record<StockMoved['move'], readonly [available: number, reserved: number, sold: number]>> = {
  reserved: [-1, 1, 0],
  released: [1, -1, 0],
  sold: [0, -1, 1],
  returned: [1, 0, -1],
};

function moveStock(state: ShopState, changes: ShopChanges, operationId: Uuid, moved: StockMoved): void {
  const { move, productId, orderId, quantity } = moved;
  if (!Number.isSafeInteger(quantity) || quantity <= 0) throw new Error(`${quantity} pieces of ${productId}`);
  const product = present(state.products, productId);
  const [toAvailable, toReserved, toSold] = columnsOf[move];
  const after: Product = {
    ...product,
    available: product.available + toAvailable * quantity,
    reserved: product.reserved + toReserved * quantity,
    sold: product.sold + toSold * quantity,
    overdue: product.overdue.filter((one) => one.orderId !== orderId),
  };
  if (after.available < 0 || after.reserved < 0 || after.sold < 0) {
    throw new Error(`product ${productId} would have ${after.available}, ${after.reserved} kept, ${after.sold} sold`);
  }
  state.products.set(productId, after);
  changes.products.set(productId, after);
  changes.stockMoved.push({ operationId, availableBefore: product.available, ...moved });
  moveItem(state, changes, moved);
}

/** The order's line follows; the order is in the state unless it is somebody else's whose time is over. */
function moveItem(state: ShopState, changes: ShopChanges, { move, orderId, productId, quantity }: StockMoved): void {
  const stock = move === 'returned' ? 'sold' : move;
  const returned = move === 'returned' ? quantity : 0;
  const order = state.orders.get(orderId) ?? null;
  if (order !== null) {
    const items = order.items.map((item) =>
      item.productId === productId ? { ...item, stock, returned: item.returned + returned } : item,
    );
    const after = { ...order, items };
    state.orders.set(orderId, after);
    if (changes.ordersPlaced.has(orderId)) changes.ordersPlaced.set(orderId, after);
    if (changes.ordersPlaced.has(orderId)) return;
    if (changes.ordersChanged.has(orderId)) changes.ordersChanged.set(orderId, after);
  }
  const key = `${orderId}/${productId}`;
  const before = changes.itemsChanged.get(key)?.returned ?? 0;
  changes.itemsChanged.set(key, { orderId, productId, stock, returned: before + returned });
}

/** An order's points are set aside under its own id. */
export function followHold({ orders, overdueHolds }: ShopState, { id, accountId }: Hold, as: Order['hold']): void {
  const order = orders.get(id) ?? null;
  if (order !== null) orders.set(id, { ...order, hold: as });
  const overdue = overdueHolds.get(accountId);
  if (overdue !== undefined && as !== 'live') {
    overdueHolds.set(
      accountId,
      overdue.filter(({ orderId }) => orderId !== id),
    );
  }
}

/** The next order of this batch is no first one any more. */
function countPaid(state: ShopState, order: Order): void {
  const accountId = pointsOf(order);
  const history = state.loyaltyHistories.get(accountId);
  if (history !== undefined) state.loyaltyHistories.set(accountId, { ...history, paidOrders: history.paidOrders + 1 });
}

function present<Row>(rows: ReadonlyMap<Uuid, Row | null>, key: Uuid): Row {
  const row = lookup(rows, key);
  if (row === null) throw new Error(`row ${key} is changed but does not exist`);
  return row;
}
