import type { Charge, Customer, Dispute, Invoice, Line, Session, Subscription } from './objects.ts';

/** How objects look: as before 2025-03-31 (`old`), or as since then. */
export type Shape = 'old' | 'new';

export function customerView({ id, metadata }: Customer) {
  return { id, object: 'customer', metadata };
}

export function subscriptionView(subscription: Subscription, shape: Shape) {
  const { id, customer, metadata, status, cancelAtPeriodEnd, item, periodStart, periodEnd, endedAt } = subscription;
  const period = { current_period_start: periodStart, current_period_end: periodEnd };
  return {
    id,
    object: 'subscription',
    customer,
    metadata,
    status,
    cancel_at_period_end: cancelAtPeriodEnd,
    ended_at: endedAt,
    ...(shape === 'old' ? period : {}),
    items: {
      object: 'list',
      has_more: false,
      data: [{ object: 'subscription_item', price: priceView(item.price), quantity: item.quantity, ...period }],
    },
  };
}

export function sessionView(session: Session) {
  const { id, mode, customer, userId, amount, subscription, invoice, intent, paymentStatus } = session;
  return {
    id,
    object: 'checkout.session',
    mode,
    customer,
    client_reference_id: userId,
    metadata: {},
    amount_total: amount,
    currency: 'eur',
    subscription,
    invoice,
    payment_intent: mode === 'payment' ? intent : null,
    payment_status: paymentStatus,
    status: 'complete',
  };
}

export function sessionLinesView({ items, paymentStatus }: Session) {
  const isFree = paymentStatus === 'no_payment_required';
  return list(
    items.map(({ price, quantity }, position) => ({
      id: `li_${position}`,
      object: 'item',
      price: priceView(price),
      quantity,
      amount_total: isFree ? 0 : price.unitAmount * quantity,
    })),
  );
}

export function invoiceView(invoice: Invoice, shape: Shape, charge: Charge | null) {
  const { id, customer, subscription, reason, created, lines, status, attempts, intent } = invoice;
  const total = lines.reduce((sum, { amount }) => sum + amount, 0);
  const details = subscription === null ? null : { metadata: subscription.metadata, subscription: subscription.id };
  const common = {
    id,
    object: 'invoice',
    customer,
    billing_reason: reason,
    created,
    status,
    attempt_count: attempts,
    total,
    amount_due: Math.max(0, total),
    amount_paid: status === 'paid' ? Math.max(0, total) : 0,
    metadata: {},
  };
  if (shape === 'new') {
    const parent = details === null ? null : { type: 'subscription_details', subscription_details: details };
    return { ...common, parent, lines: list(lines.map((line, n) => newLineView(line, `il_${n}`, subscription))) };
  }
  return {
    ...common,
    subscription: subscription?.id ?? null,
    subscription_details: details === null ? null : { metadata: details.metadata },
    payment_intent: intent,
    charge: charge?.id ?? null,
    lines: list(lines.map((line, n) => oldLineView(line, `il_${n}`, subscription))),
  };
}

export function invoicePaymentView(invoice: Invoice, intent: string) {
  return {
    id: `inpay_${invoice.id}`,
    object: 'invoice_payment',
    invoice: invoice.id,
    payment: { type: 'payment_intent', payment_intent: intent },
    status: 'paid',
  };
}

export function chargeView({ id, intent, customer, invoice, amount, refunded, metadata = {} }: Charge, shape: Shape) {
  return {
    id,
    object: 'charge',
    customer,
    payment_intent: intent,
    ...(shape === 'old' ? { invoice } : {}),
    amount,
    amount_refunded: refunded,
    refunded: refunded === amount,
    metadata,
  };
}

export function refundView(id: string, { id: charge, intent }: Charge, amount: number) {
  return { id, object: 'refund', charge, payment_intent: intent, amount, status: 'failed', metadata: {} };
}

export function disputeView({ id, charge, amount, status }: Dispute) {
  return { id, object: 'dispute', charge: charge.id, payment_intent: charge.intent, amount, status, metadata: {} };
}

export function list<Item>(data: readonly Item[], hasMore = false) {
  return { object: 'list', data, has_more: hasMore };
}

function priceView({ id, unitAmount, months }: Line['price']) {
  const type = months === null ? 'one_time' : 'recurring';
  return { id, object: 'price', type, unit_amount: unitAmount, currency: 'eur' };
}

function newLineView({ price, quantity, amount, proration, start, end }: Line, id: string, of: Subscription | null) {
  const parent =
    of !== null && price.months !== null
      ? {
          type: 'subscription_item_details',
          subscription_item_details: { proration, subscription: of.id },
          invoice_item_details: null,
        }
      : {
          type: 'invoice_item_details',
          invoice_item_details: { proration, subscription: of?.id ?? null },
          subscription_item_details: null,
        };
  const pricing = { type: 'price_details', price_details: { price: price.id, product: `prod_${price.id}` } };
  return { id, object: 'line_item', amount, quantity, period: { start, end }, pricing, parent };
}

function oldLineView({ price, quantity, amount, proration, start, end }: Line, id: string, of: Subscription | null) {
  const type = of !== null && price.months !== null && !proration ? 'subscription' : 'invoiceitem';
  const shown = priceView(price);
  return { id, object: 'line_item', type, amount, quantity, proration, period: { start, end }, price: shown };
}
