import {
  afterDebt,
  type NaiveOrder,
  type NaivePurse,
  type NaiveRefund,
  type NaiveShops,
  productIn,
  purseOf,
} from './naive-shop.ts';

/* What goes back of an order, once more and plainly. */

/** Of the refunds of an order: those on their way. */
const comingOf = ({ refunds }: NaiveOrder) => refunds.filter(({ state }) => state === 'pending');

const leftOf = (order: NaiveOrder) =>
  order.total - order.refunded - comingOf(order).reduce((sum, { amount }) => sum + amount, 0);

const isRefundable = ({ status }: NaiveOrder) => status === 'paid' || status === 'partially_refunded';

export function refund(
  shops: NaiveShops,
  order: NaiveOrder,
  wanted: Omit<NaiveRefund, 'state' | 'amount'> & { readonly amount: number | null },
): string {
  if (!isRefundable(order) || order.loyalty === 'due') return 'not_refundable';
  const coming = comingOf(order);
  const left = leftOf(order);
  const amount = wanted.amount ?? left;
  if (amount > left || (left === 0 && order.total > 0)) return 'not_refundable';
  const isTooMuch = wanted.returns.some(({ product, quantity }) => {
    const item = order.items.find((one) => one.product === product);
    const due = coming.flatMap(({ returns }) => returns).filter((one) => one.product === product);
    return quantity > (item?.quantity ?? 0) - (item?.returned ?? 0) - due.reduce((sum, one) => sum + one.quantity, 0);
  });
  if (isTooMuch) return 'not_refundable';
  const made: NaiveRefund = { ...wanted, amount, state: 'pending' };
  order.refunds.push(made);
  if (amount > 0) return 'awaiting';
  giveMoneyBack(shops, order, made);
  return 'applied';
}

export function settleRefund(shops: NaiveShops, order: NaiveOrder, id: string, isRefused: boolean): boolean {
  const found = order.refunds.find((one) => one.id === id && one.state === 'pending');
  if (found === undefined) return false;
  if (isRefused) found.state = 'failed';
  else giveMoneyBack(shops, order, found);
  return true;
}

/** Somebody has sent so much more back at Stripe than we know of. */
export function refundElsewhere(shops: NaiveShops, order: NaiveOrder, id: string, more: number): string {
  const amount = Math.min(more, leftOf(order));
  if (!isRefundable(order) || amount <= 0) return 'not_refundable';
  if (order.loyalty === 'due') return 'deferred';
  const made: NaiveRefund = { id, amount, returns: [], state: 'pending' };
  order.refunds.push(made);
  giveMoneyBack(shops, order, made);
  return 'applied';
}

/** Of all that has been refunded by now, what has not been moved before. */
function giveMoneyBack(shops: NaiveShops, order: NaiveOrder, made: NaiveRefund): void {
  made.state = 'done';
  order.refunded += made.amount;
  order.status = order.refunded === order.total ? 'refunded' : 'partially_refunded';
  for (const { product, quantity } of made.returns) {
    productIn(shops, product).available += quantity;
    for (const item of order.items.filter((one) => one.product === product)) item.returned += quantity;
  }
  if (order.loyalty !== 'settled') return;
  const shareOf = (points: number) =>
    order.refunded === order.total ? points : Math.floor((points * order.refunded) / order.total);
  const purse = purseOf(shops, order.customer, order.vendor);
  purse.free += afterDebt(purse, shareOf(order.redeemed) - order.returned);
  takeBack(purse, order.id, shareOf(order.earned) - order.reversed);
  order.returned = shareOf(order.redeemed);
  order.reversed = shareOf(order.earned);
}

function takeBack(purse: NaivePurse, orderId: string, amount: number): void {
  let missing = amount;
  for (const own of purse.pending.filter(({ order }) => order === orderId)) {
    const taken = Math.min(own.left, missing);
    own.left -= taken;
    missing -= taken;
  }
  const taken = Math.min(purse.free, missing);
  purse.free -= taken;
  purse.debt += missing - taken;
}
