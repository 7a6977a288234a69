/*
 * The rules of shops once more, as plainly as they can be written: numbers that are added and taken off. Points that
 * were earned wait in `pending` until they can be spent, and are then as good as any.
 */

export interface NaiveVendor {
  enabled: boolean;
  readonly perUnit: number;
  readonly pointValue: number;
  readonly pendingMs: number;
  readonly bonus: number;
}

export interface NaiveProduct {
  readonly vendor: string;
  readonly price: number;
  available: number;
  /** All that ever came, less what was removed. */
  total: number;
}

export interface NaivePurse {
  free: number;
  debt: number;
  pending: { readonly order: string; readonly from: number; left: number }[];
  paidOrders: number;
}

export interface NaiveItem {
  readonly product: string;
  readonly quantity: number;
  stock: 'kept' | 'sold' | 'back';
  returned: number;
}

export interface NaiveRefund {
  readonly id: string;
  readonly amount: number;
  readonly returns: readonly { readonly product: string; readonly quantity: number }[];
  state: 'pending' | 'done' | 'failed';
}

export interface NaiveOrder {
  readonly id: string;
  readonly customer: string;
  readonly vendor: string;
  readonly items: NaiveItem[];
  readonly total: number;
  readonly redeemed: number;
  earned: number;
  readonly isEnabled: boolean;
  status: 'awaiting_payment' | 'paid' | 'payment_failed' | 'partially_refunded' | 'refunded';
  loyalty: 'none' | 'due' | 'settled' | 'dropped';
  held: boolean;
  until: number | null;
  refunded: number;
  returned: number;
  reversed: number;
  readonly refunds: NaiveRefund[];
  /** What its caller has been told. */
  told: 'processing' | 'succeeded' | 'rejected';
}

export interface NaiveShops {
  readonly vendors: Record<string, NaiveVendor>;
  readonly products: Record<string, NaiveProduct>;
  readonly purses: Record<string, NaivePurse>;
  readonly orders: NaiveOrder[];
  at: number;
}

export const holdMs = 15 * 60_000;

export function purseOf(shops: NaiveShops, customer: string, vendor: string): NaivePurse {
  const purse = shops.purses[`${customer}/${vendor}`] ?? { free: 0, debt: 0, pending: [], paidOrders: 0 };
  shops.purses[`${customer}/${vendor}`] = purse;
  for (const { left } of purse.pending.filter(({ from }) => from <= shops.at)) purse.free += left;
  purse.pending = purse.pending.filter(({ from }) => from > shops.at);
  return purse;
}

const isOver = ({ until }: NaiveOrder, at: number) => until !== null && until <= at;

/**
 * Orders of a customer whose points anybody who needs them may have. Those of somebody who owes are left to the orders'
 * own release: what they hold repays.
 */
function lateHolds(shops: NaiveShops, customer: string, vendor: string): NaiveOrder[] {
  const { orders, at } = shops;
  if (purseOf(shops, customer, vendor).debt > 0) return [];
  return orders.filter(
    (order) => order.customer === customer && order.vendor === vendor && order.held && isOver(order, at),
  );
}

export function pointsFor(shops: NaiveShops, customer: string, vendor: string): number {
  const late = lateHolds(shops, customer, vendor).reduce((sum, { redeemed }) => sum + redeemed, 0);
  return purseOf(shops, customer, vendor).free + late;
}

function takePoints(shops: NaiveShops, customer: string, vendor: string, amount: number): void {
  const purse = purseOf(shops, customer, vendor);
  if (amount > purse.free) for (const order of lateHolds(shops, customer, vendor)) giveUpPoints(shops, order);
  purse.free -= amount;
}

function giveUpPoints(shops: NaiveShops, order: NaiveOrder): void {
  if (!order.held) return;
  order.held = false;
  const purse = purseOf(shops, order.customer, order.vendor);
  purse.free += afterDebt(purse, order.redeemed);
}

/** Whatever comes in repays first; what is left. */
export function afterDebt(purse: NaivePurse, amount: number): number {
  const repaid = Math.min(purse.debt, amount);
  purse.debt -= repaid;
  return amount - repaid;
}

function lateItems({ orders, at }: NaiveShops, product: string): NaiveItem[] {
  return orders
    .filter((order) => isOver(order, at))
    .flatMap(({ items }) => items.filter((item) => item.product === product && item.stock === 'kept'));
}

export function productIn({ products }: NaiveShops, name: string): NaiveProduct {
  const product = products[name];
  if (product === undefined) throw new Error(`no ${name}`);
  return product;
}

function piecesOf(shops: NaiveShops, name: string): number {
  const late = lateItems(shops, name).reduce((sum, { quantity }) => sum + quantity, 0);
  return productIn(shops, name).available + late;
}

function keep(shops: NaiveShops, name: string, quantity: number): void {
  const product = productIn(shops, name);
  if (quantity > product.available) for (const item of lateItems(shops, name)) giveUpPieces(shops, item);
  product.available -= quantity;
}

function giveUpPieces(shops: NaiveShops, item: NaiveItem): void {
  if (item.stock !== 'kept') return;
  item.stock = 'back';
  productIn(shops, item.product).available += item.quantity;
}

export function adjust(shops: NaiveShops, customer: string, vendor: string, amount: number): string {
  if (pointsFor(shops, customer, vendor) + amount < 0) return 'insufficient_points';
  if (amount < 0) takePoints(shops, customer, vendor, -amount);
  else {
    const purse = purseOf(shops, customer, vendor);
    purse.free += afterDebt(purse, amount);
  }
  return 'applied';
}

export interface NaiveBasket {
  readonly id: string;
  readonly customer: string;
  readonly vendor: string;
  readonly lines: readonly { readonly product: string; readonly quantity: number }[];
  readonly redeem: number;
}

export function checkOut(shops: NaiveShops, { id, customer, vendor, lines, redeem }: NaiveBasket): string {
  const rules = shops.vendors[vendor];
  if (rules === undefined) return 'vendor_not_found';
  if (lines.some(({ product }) => productIn(shops, product).vendor !== vendor)) return 'product_not_found';
  if (lines.some(({ product, quantity }) => piecesOf(shops, product) < quantity)) return 'out_of_stock';
  if (redeem > (rules.enabled ? pointsFor(shops, customer, vendor) : 0)) return 'insufficient_points';
  const subtotal = lines.reduce((sum, { product, quantity }) => sum + productIn(shops, product).price * quantity, 0);
  const total = subtotal - redeem * rules.pointValue;
  if (total < 0) return 'points_exceed_total';

  for (const { product, quantity } of lines) keep(shops, product, quantity);
  takePoints(shops, customer, vendor, redeem);
  const order: NaiveOrder = {
    id,
    customer,
    vendor,
    items: lines.map((line) => ({ ...line, stock: 'kept', returned: 0 })),
    total,
    redeemed: redeem,
    earned: rules.enabled ? Math.floor((total * rules.perUnit) / 100) : 0,
    isEnabled: rules.enabled,
    status: 'awaiting_payment',
    loyalty: 'none',
    held: redeem > 0,
    until: shops.at + holdMs,
    refunded: 0,
    returned: 0,
    reversed: 0,
    refunds: [],
    told: 'processing',
  };
  shops.orders.push(order);
  if (total > 0) return 'awaiting';
  sell(shops, order);
  if (order.loyalty === 'due') settlePoints(shops, order);
  return 'applied';
}

/** Asked for once more. */
export function checkOutAgain(shops: NaiveShops, order: NaiveOrder): string {
  if (order.status === 'awaiting_payment') order.until = shops.at + holdMs;
  if (order.status === 'awaiting_payment' || order.loyalty === 'due') return 'awaiting';
  return order.status === 'payment_failed' ? 'payment_failed' : 'applied';
}

function sell(shops: NaiveShops, order: NaiveOrder): void {
  const purse = purseOf(shops, order.customer, order.vendor);
  for (const item of order.items) item.stock = 'sold';
  if (order.isEnabled && purse.paidOrders === 0) order.earned += shops.vendors[order.vendor]?.bonus ?? 0;
  purse.paidOrders += 1;
  order.status = 'paid';
  order.until = null;
  order.loyalty = order.redeemed + order.earned > 0 ? 'due' : 'none';
  if (order.told === 'processing' && order.loyalty === 'none') order.told = 'succeeded';
}

function settlePoints(shops: NaiveShops, order: NaiveOrder): void {
  const purse = purseOf(shops, order.customer, order.vendor);
  const pendingMs = shops.vendors[order.vendor]?.pendingMs ?? 0;
  order.held = false;
  const left = afterDebt(purse, order.earned);
  if (pendingMs === 0) purse.free += left;
  else purse.pending.push({ order: order.id, from: shops.at + pendingMs, left });
  order.loyalty = 'settled';
  if (order.told === 'processing') order.told = 'succeeded';
}

/** Points move with the sale when they are kept and may move, and nothing failed; else `applyPoints` moves them. */
export function pay(shops: NaiveShops, order: NaiveOrder, isReduced: boolean): string {
  if (order.status !== 'awaiting_payment' && order.status !== 'payment_failed') return 'already';
  const lost = order.items.filter(({ stock }) => stock === 'back');
  const hasStock = lost.every(({ product, quantity }) => piecesOf(shops, product) >= quantity);
  const needsPoints = order.redeemed > 0 && !order.held;
  if (!hasStock || (needsPoints && pointsFor(shops, order.customer, order.vendor) < order.redeemed)) {
    giveUp(shops, order);
    return 'refunded';
  }
  for (const { product, quantity } of lost) keep(shops, product, quantity);
  if (needsPoints) takePoints(shops, order.customer, order.vendor, order.redeemed);
  order.held = order.redeemed > 0;
  sell(shops, order);
  const isEnabled = shops.vendors[order.vendor]?.enabled === true;
  if (order.loyalty === 'due' && !isReduced && isEnabled && !needsPoints) settlePoints(shops, order);
  return 'paid';
}

function giveUp(shops: NaiveShops, order: NaiveOrder): void {
  for (const item of order.items) giveUpPieces(shops, item);
  giveUpPoints(shops, order);
  order.status = 'payment_failed';
  order.until = null;
  if (order.told === 'processing') order.told = 'rejected';
}

export function release(shops: NaiveShops, order: NaiveOrder, reason: 'declined' | 'expired' | 'closed'): boolean {
  if (order.status === 'awaiting_payment' && (reason !== 'expired' || isOver(order, shops.at))) {
    giveUp(shops, order);
    return true;
  }
  if (order.loyalty !== 'due' || reason !== 'closed') return false;
  giveUpPoints(shops, order);
  order.loyalty = 'dropped';
  order.earned = 0;
  return true;
}

export function applyPoints(shops: NaiveShops, order: NaiveOrder): string {
  if (order.status === 'awaiting_payment') return 'deferred';
  if (order.loyalty !== 'due') return 'applied';
  if (shops.vendors[order.vendor]?.enabled !== true) return 'deferred';
  settlePoints(shops, order);
  return 'applied';
}
