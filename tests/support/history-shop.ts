import type pg from 'pg';
import { type OrderToPay, paidStep, readOrderToPay, refundStep, releaseStep } from '../../db/orders/payments.ts';
import { resolveItem } from '../../db/reconciliation.ts';
import { putProduct, putVendor } from '../../db/shops.ts';
import { operationIdOf, reconciliationItemIdOf, scheduledIdOf, type Uuid } from '../../shared/domain/ids.ts';
import { clara, eve, idOf, theo } from './builders.ts';
import { recordSteps } from './record-steps.ts';

/*
 * A small past of a shop: orders that were paid, declined, refunded and paid too late, one that waits for its payment,
 * one whose points wait for a person. What Stripe would say is recorded as its answers are.
 */

const ada = idOf('ada');
const vendor = idOf('tea house');

/** Ids that tests pick out. */
export const shopHistory = {
  vendor,
  tea: idOf('tea'),
  cups: idOf('cups'),
  paid: operationIdOf(clara, 'a paid order'),
  declined: operationIdOf(clara, 'a declined order'),
  late: operationIdOf(clara, 'an order paid late'),
  due: operationIdOf(clara, 'an order whose points are due'),
  closed: operationIdOf(clara, 'an order whose points were given up'),
  free: operationIdOf(clara, 'an order paid with points'),
  waiting: operationIdOf(eve, 'an order that waits'),
  unpaid: operationIdOf(eve, 'an order that nobody pays'),
  returned: operationIdOf(theo, 'an order that came back'),
  adjustment: operationIdOf(ada, 'points of clara'),
  refund: operationIdOf(ada, 'a part'),
  openRefund: operationIdOf(ada, 'another part'),
} as const;

/** One euro earns a point, kept for a day and for a year from then; a point takes fifty cents off. */
const loyalty = {
  enabled: true,
  perUnitE4: 10_000,
  pointValueMinor: 50,
  pendingDays: 1,
  expiresAfterDays: 365,
  firstOrderBonus: 0,
  tiers: [],
};

export type Request = readonly [kind: string, key: string, payload: object];

export interface Past {
  readonly pool: pg.Pool;
  /** Records what somebody asks for; in `lane`, when it is not the one that follows from the kind. */
  readonly submit: (caller: Uuid, requests: readonly Request[], lane?: Uuid) => Promise<void>;
  readonly applyAll: () => Promise<void>;
}

export async function trade(past: Past): Promise<void> {
  const { pool, submit, applyAll } = past;
  await switchLoyalty(pool, true);
  const entry = { vendorId: vendor, currency: 'EUR' };
  await putProduct(pool, shopHistory.tea, { ...entry, name: 'Tea', priceMinor: 2_500, stock: 90 });
  await putProduct(pool, shopHistory.tea, { ...entry, name: 'Tea', priceMinor: 2_500, stock: 80 });
  await putProduct(pool, shopHistory.cups, { ...entry, name: 'Cups', priceMinor: 500, stock: 10 });
  await submit(ada, [
    ['points.adjust', 'points of clara', adjustment(clara, 300)],
    ['points.adjust', 'points of eve', adjustment(eve, 20)],
    ['points.adjust', 'too many', adjustment(eve, -1_000)],
  ]);
  await applyAll();

  await submit(clara, [
    checkout('a paid order', { redeemPoints: 50, quantity: 2 }),
    checkout('a declined order', { redeemPoints: 10 }),
    checkout('an order paid late', { redeemPoints: 4 }),
    checkout('an order paid with points', { redeemPoints: 50 }),
    checkout('too many', { quantity: 1_000 }),
  ]);
  await submit(eve, [
    checkout('an order that waits', { redeemPoints: 10, customerId: eve }),
    checkout('an order that nobody pays', { customerId: eve }),
  ]);
  await submit(theo, [checkout('an order that came back', { customerId: theo })]);
  await applyAll();
  for (const id of [shopHistory.paid, shopHistory.returned]) await pay(past, id);
  for (const id of [shopHistory.declined, shopHistory.late]) {
    await recordSteps(pool, [releaseStep(await orderOf(pool, id), 'declined', 'generic_decline')]);
    await applyAll();
  }
  await pay(past, shopHistory.late);
  await refundInParts(past);
  await refundWhatIsSpent(past);
  await leavePointsBehind(past);
}

export async function switchLoyalty(pool: pg.Pool, enabled: boolean): Promise<void> {
  await putVendor(pool, vendor, { name: 'Tea house', ownerUserId: idOf('pia'), loyalty: { ...loyalty, enabled } });
}

/** Of a paid order a part went back, with a piece; another part is on its way. */
async function refundInParts({ pool, submit, applyAll }: Past): Promise<void> {
  const { paid: orderId, refund, tea: productId } = shopHistory;
  const returnItems = [{ productId, quantity: 1 }];
  await submit(ada, [['order.refund', 'a part', { orderId, amountMinor: 1_000, returnItems }]], clara);
  await applyAll();
  await recordSteps(pool, [refundStep(await orderOf(pool, orderId), refund, null)]);
  await submit(ada, [['order.refund', 'another part', { orderId, amountMinor: 500 }]], clara);
  await submit(ada, [['order.refund', 'too much', { orderId, amountMinor: 5_000 }]], clara);
  await applyAll();
}

/** Theo's earned points were taken from him before all of his order came back: he owes them, and repays a part. */
async function refundWhatIsSpent({ pool, submit, applyAll }: Past): Promise<void> {
  const { returned: orderId, vendor: vendorId } = shopHistory;
  // As if the return window were over, and the points spent.
  await pool.query(
    `update lots set spendable_from = null
     where account_id = (select id from accounts where owner_id = $1 and vendor_id = $2)`,
    [theo, vendorId],
  );
  await submit(ada, [['points.adjust', 'spent', adjustment(theo, -25)]]);
  await applyAll();
  await submit(ada, [['order.refund', 'all', { orderId }]], theo);
  await applyAll();
  await recordSteps(pool, [refundStep(await orderOf(pool, orderId), operationIdOf(ada, 'all'), null)]);
  await applyAll();
  await submit(ada, [['points.adjust', 'repaid', adjustment(theo, 5)]]);
  await applyAll();
}

/** Loyalty is switched off between an order and its payment: its points wait for a person, who gives some of them up. */
async function leavePointsBehind(past: Past): Promise<void> {
  const { pool, submit, applyAll } = past;
  await submit(clara, [
    checkout('an order whose points are due', { redeemPoints: 6 }),
    checkout('an order whose points were given up', { redeemPoints: 2 }),
  ]);
  await applyAll();
  await switchLoyalty(pool, false);
  for (const id of [shopHistory.due, shopHistory.closed]) await pay(past, id);
  await switchLoyalty(pool, true);
  const itemId = reconciliationItemIdOf('operation', scheduledIdOf('loyalty.apply', shopHistory.closed));
  await resolveItem(pool, { itemId, by: ada, note: 'the customer does not want them' });
  await applyAll();
}

async function pay({ pool, applyAll }: Past, orderId: Uuid): Promise<void> {
  await recordSteps(pool, [paidStep(await orderOf(pool, orderId), `pi_${orderId}`)]);
  await applyAll();
}

async function orderOf(pool: pg.Pool, id: Uuid): Promise<OrderToPay> {
  const order = await readOrderToPay(pool, id);
  if (order === null) throw new Error(`there is no order ${id}`);
  return order;
}

function adjustment(userId: Uuid, amount: number): object {
  return { userId, vendorId: vendor, amount, note: 'to begin with' };
}

interface Wanted {
  readonly customerId?: Uuid;
  readonly redeemPoints?: number;
  readonly quantity?: number;
}

/** Tea, by card. */
function checkout(key: string, { customerId = clara, redeemPoints = 0, quantity = 1 }: Wanted): Request {
  const items = [{ productId: shopHistory.tea, quantity }];
  return ['checkout.create', key, { customerId, vendorId: vendor, items, redeemPoints, paymentMethod: 'pm_card_visa' }];
}
