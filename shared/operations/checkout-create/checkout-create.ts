import { z } from 'zod';
import { amountMax, id, text } from '../../contract/wire.ts';
import { applied, awaiting, type Decision, rejected } from '../../domain/decision.ts';
import type { Effect } from '../../domain/effects.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { orderMax, quote } from '../../domain/loyalty.ts';
import { pointsAvailableIn, takePoints } from '../../domain/points.ts';
import { type Order, type Product, pointsOf, type Vendor } from '../../domain/shop.ts';
import { historyOf, lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { keep, piecesIn } from '../keeping-stock.ts';
import { earnedWhenPaid, holdPoints, orderOutcome, orderProgress, orderResult, settlePoints } from '../order-steps.ts';

/** As many lines as a person looks through. */
const itemsMax = 100;

const quantityMax = 100_000;

export const checkoutItems = z
  .array(z.strictObject({ productId: id, quantity: z.int().positive().max(quantityMax) }))
  .min(1)
  .max(itemsMax)
  .refine((items) => new Set(items.map(({ productId }) => productId)).size === items.length, {
    message: 'must name every product once',
  });

const payload = z.strictObject({
  customerId: id,
  vendorId: id,
  items: checkoutItems,
  redeemPoints: z.int().min(0).max(amountMax).default(0).meta({ description: 'Points to pay with.' }),
  paymentMethod: text(255)
    .min(1)
    .meta({ description: 'Of Stripe, such as `pm_…`; not used when nothing is left to pay.' }),
});

export type CheckoutCreate = Command<z.infer<typeof payload>>;

export function footprint({ id: orderId, payload: wanted }: CheckoutCreate): Footprint {
  const { customerId, vendorId, items } = wanted;
  return {
    people: [customerId],
    vendors: [vendorId],
    products: items.map(({ productId }) => productId),
    points: [{ customerId, vendorId }],
    orders: [orderId],
  };
}

export function decide(state: State, command: CheckoutCreate): Decision {
  const known = lookup(state.orders, command.id);
  if (known !== null) return again(state, known);

  const { customerId, vendorId, items, redeemPoints } = command.payload;
  const vendor = lookup(state.vendors, vendorId);
  if (vendor === null || !mayActFor(vendor, command)) return rejected('vendor_not_found', 'There is no such vendor.');
  const customer = lookup(state.people, customerId);
  if (customer === null || customer.deleted) return rejected('client_not_found', 'There is no such customer.');
  if (!customer.active) return rejected('client_inactive', 'The customer is not active.');

  const lines: { readonly product: Product; readonly quantity: number }[] = [];
  for (const { productId, quantity } of items) {
    const product = lookup(state.products, productId);
    if (product === null || product.vendorId !== vendorId) {
      return rejected('product_not_found', 'There is no such product.', { productId });
    }
    lines.push({ product, quantity });
  }
  for (const { product, quantity } of lines) {
    const available = piecesIn(product, state.at);
    if (quantity > available) {
      const details = { productId: product.id, available, requested: quantity };
      return rejected('out_of_stock', `Out of stock. Available: ${available}, requested: ${quantity}`, details);
    }
  }

  const order = orderOf(state, vendor, command, lines);
  const available = vendor.loyalty.enabled ? pointsAvailableIn(state, pointsOf(order)) : 0;
  if (redeemPoints > available) {
    const message = `Insufficient loyalty points. Available: ${available}, Requested: ${redeemPoints}`;
    return rejected('insufficient_points', message, { available, requested: redeemPoints });
  }
  if (order.totalMinor < 0) {
    const { subtotalMinor, discountMinor } = order;
    const details = { subtotalMinor, discountMinor };
    return rejected('points_exceed_total', 'The points are worth more than what they are to pay.', details);
  }
  if (order.subtotalMinor > orderMax) {
    const details = { declineCode: 'amount_too_large', subtotalMinor: order.subtotalMinor };
    return rejected('payment_failed', `An order may come to ${orderMax} at most.`, details);
  }
  if (order.totalMinor > 0 && !state.settings.hasPayments) {
    return rejected('payment_failed', 'Cards cannot be charged here.', { declineCode: 'payments_not_configured' });
  }

  // Past this line the checkout stands, until its payment says otherwise.
  const kept = items.flatMap((item) => keep(state, order.id, item));
  return order.totalMinor === 0 ? payWithPoints(state, order, kept) : chargeCard(state, order, kept);
}

/** Also a re-run of one that waits for a person: its payment is asked for once more, under the same key. */
function again(state: State, order: Order): Decision {
  if (order.status === 'awaiting_payment') {
    return awaiting(orderProgress(order), [
      { type: 'order-changed', orderId: order.id, change: { reservedUntil: keptUntil(state) } },
      { type: 'payment-wanted', step: 'payment.charge', subjectId: order.id, data: {} },
    ]);
  }
  const result = orderResult(state, order);
  if (result === null) return awaiting(orderProgress(order), []);
  return result.status === 'succeeded'
    ? applied(result.outcome, [])
    : { status: 'rejected', rejection: result.rejection };
}

function mayActFor({ ownerId }: Vendor, { caller, payload: { customerId } }: CheckoutCreate): boolean {
  const isOwner = caller.id === ownerId && caller.roles.includes('vendor');
  return caller.id === customerId || isOwner || caller.roles.includes('admin');
}

function keptUntil({ at, settings }: State): number {
  return at + settings.checkoutHoldMinutes * 60_000;
}

function orderOf(
  state: State,
  { loyalty: rules }: Vendor,
  { id: orderId, at, payload: wanted }: CheckoutCreate,
  lines: readonly { readonly product: Product; readonly quantity: number }[],
): Order {
  const { customerId, vendorId, redeemPoints, paymentMethod } = wanted;
  const currency = lines[0]?.product.currency ?? '';
  const priced = lines.map(({ product, quantity }) => ({ unitPriceMinor: product.priceMinor, quantity }));
  const history = historyOf(state, pointsOf(wanted));
  const { pointsEarned, ...amounts } = quote({ rules, history, currency, lines: priced, redeemPoints });
  return {
    id: orderId,
    customerId,
    vendorId,
    status: 'awaiting_payment',
    items: lines.map(({ product: { id: productId, name, priceMinor: unitPriceMinor }, quantity }) => ({
      productId,
      name,
      unitPriceMinor,
      quantity,
      stock: 'reserved',
      returned: 0,
    })),
    currency,
    ...amounts,
    refundedMinor: 0,
    pointsRedeemed: redeemPoints,
    pointsEarned,
    loyalty: 'none',
    rules,
    hold: 'none',
    lots: [],
    paymentMethod,
    paymentIntentId: null,
    reservedUntil: keptUntil(state),
    createdAt: at,
    paidAt: null,
    refunds: [],
  };
}

function chargeCard(state: State, order: Order, kept: readonly Effect[]): Decision {
  const { lots, effects } = holdPoints(state, order);
  const placed = { ...order, lots };
  return awaiting(orderProgress(placed), [
    { type: 'order-placed', order: placed },
    ...kept,
    ...effects,
    { type: 'payment-wanted', step: 'payment.charge', subjectId: order.id, data: {} },
  ]);
}

/** Nothing is left to pay: everything happens at once. */
function payWithPoints(state: State, order: Order, kept: readonly Effect[]): Decision {
  const { id: orderId } = order;
  const { lots, before } = takePoints(state, pointsOf(order), order.pointsRedeemed);
  const pointsEarned = earnedWhenPaid(state, order);
  const placed: Order = { ...order, lots, pointsEarned, reservedUntil: null };
  const { effects, loyalty, balance } = settlePoints(state, placed, lots);
  return applied(orderOutcome(placed, balance), [
    { type: 'order-placed', order: placed },
    ...kept,
    ...order.items.map(
      ({ productId, quantity }): Effect => ({ type: 'stock-moved', move: 'sold', orderId, productId, quantity }),
    ),
    ...before,
    ...effects,
    { type: 'order-changed', orderId, change: { status: 'paid', paidAt: state.at, loyalty } },
  ]);
}

export const outcome = z.object({
  orderId: z.guid(),
  orderNumber: z.string(),
  status: z.literal('paid'),
  subtotalMinor: z.int().min(0),
  discountMinor: z.int().min(0),
  totalMinor: z.int().min(0),
  currency: z.string(),
  pointsRedeemed: z.int().min(0),
  pointsEarned: z.int().min(0),
  pointsBalance: z.int().min(0).meta({ description: "The customer's ledger balance with the vendor." }),
});

export const checkoutCreate = defineOperation({
  kind: 'checkout.create',
  queue: 'loyalty',
  path: '/v1/checkout',
  summary: 'Check out',
  description:
    'Prices the order, keeps its stock and its points, charges the card, and settles all of it: `processing` until the ' +
    'payment is known, with `links.clientSecret` where the customer has to act. For yourself, or, as the vendor, for a ' +
    'customer. What is not paid in time is released.',
  payload,
  outcome,
  rejections: [
    'vendor_not_found',
    'client_not_found',
    'client_inactive',
    'product_not_found',
    'out_of_stock',
    'insufficient_points',
    'points_exceed_total',
    'payment_failed',
  ],
  mayAsk: (caller, { customerId }) =>
    caller.id === customerId || caller.roles.includes('vendor') || caller.roles.includes('admin'),
  laneOf: (_caller, { customerId }) => customerId,
  footprint,
  decide,
});
