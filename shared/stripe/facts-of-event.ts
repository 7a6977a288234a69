import { z } from 'zod';
import type { StripeEvent } from './event.ts';
import type { Facts, Owner } from './facts.ts';
import { flag, metadata, nested, reference, text, whole, wholeList } from './fields.ts';
import { invoiceLine, paidInvoiceLine, paidSessionLine, sessionLine, subscriptionOfLine } from './lines.ts';

/** What an event says; null when it is none of ours: of a type that we do not follow. */
export function factsOf({ type, created, data: { object } }: StripeEvent): Facts | null {
  const [family = ''] = type.split(/\.[a-z_]+$/);
  const isPaid = paidTypes.has(type);
  if (family === 'checkout.session') return isPaid ? sessionFacts(object, created) : null;
  if (isPaid || type === 'invoice.payment_failed') return invoiceFacts(object, created, isPaid);
  if (type === 'invoice_payment.paid') return invoicePaymentFacts(object);
  if (family === 'customer.subscription') return subscriptionFacts(object, created, type.endsWith('.deleted'));
  if (type === 'customer.created' || type === 'customer.updated') return customerFacts(object);
  if (type === 'charge.refunded') return chargeFacts(object);
  if (refundTypes.has(type)) return refundFacts(object);
  if (family === 'charge.dispute') return disputeFacts(object, type);
  if (family === 'payment_intent') return intentFacts(object, type);
  return null;
}

const paidTypes = new Set([
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'invoice.paid',
  'invoice.payment_succeeded',
]);

/** Several tell of the same; which of them come depends on how the refund was to be paid. */
const refundTypes = new Set(['refund.failed', 'refund.updated', 'charge.refund.updated']);

const session = z.object({
  id: text,
  mode: text,
  client_reference_id: text,
  metadata,
  customer: reference,
  subscription: reference,
  invoice: reference,
  payment_intent: reference,
  payment_status: text,
  amount_total: whole,
  line_items: wholeList(sessionLine),
});

/**
 * A session whose payment is still on its way says whose it is, and nothing about credits: `async_payment_succeeded`
 * comes when it is there. One of a subscription that costs nothing yet begins with a trial.
 */
function sessionFacts(object: unknown, at: number): Facts | null {
  const given = session.parse(object);
  const { id, mode, customer, subscription, invoice, payment_intent: intent, payment_status: status } = given;
  if (id === null || given.metadata.orderId !== null) return null;

  const isOfSubscription = mode === 'subscription';
  const isPaid = status === 'paid' || (status === 'no_payment_required' && mode === 'payment');
  const owner = { customer, subscription, userIds: present(given.client_reference_id, given.metadata.userId) };
  const lines = given.line_items?.map((line) => paidSessionLine(line, isOfSubscription)) ?? null;
  const paid = {
    paidWith: id,
    at,
    amount: given.amount_total,
    subscription: isOfSubscription ? subscription : null,
    lines,
    invoice,
  };
  return {
    ...about(owner, present(id, invoice, intent)),
    paid: isPaid && mode !== 'setup' ? paid : null,
  };
}

const subscriptionDetails = nested({ subscription: reference, metadata });

const invoice = z.object({
  id: text,
  customer: reference,
  metadata,
  subscription: reference,
  subscription_details: subscriptionDetails,
  parent: nested({ subscription_details: subscriptionDetails }),
  charge: reference,
  payment_intent: reference,
  payments: wholeList(z.object({ payment: nested({ payment_intent: reference, charge: reference }) })),
  amount_paid: whole,
  attempt_count: whole,
  created: whole,
  lines: wholeList(invoiceLine),
});

function invoiceFacts(object: unknown, at: number, isPaid: boolean): Facts | null {
  const given = invoice.parse(object);
  const { id, customer, parent, subscription_details: before, metadata: own } = given;
  if (id === null || own.orderId !== null) return null;

  const { subscription_details: details } = parent;
  const ofLines = (given.lines ?? []).flatMap((line) => subscriptionOfLine(line) ?? []);
  const subscription = given.subscription ?? details.subscription ?? ofLines[0] ?? null;
  const userIds = present(before.metadata.userId, details.metadata.userId, own.userId);
  const payments = (given.payments ?? []).flatMap(({ payment }) => [payment.payment_intent, payment.charge]);
  const lines = given.lines?.map((line) => ({
    ...paidInvoiceLine(line, subscription !== null),
    // An invoice of a subscription that does not say of which period counts for that of its own making.
    ...(line.period.start === null && subscription !== null ? { start: given.created ?? at } : {}),
  }));
  const paid = { paidWith: id, at, amount: given.amount_paid, subscription, lines: lines ?? null, invoice: null };
  return {
    ...about({ customer, subscription, userIds }, present(id, given.charge, given.payment_intent, ...payments)),
    paid: isPaid ? paid : null,
    unpaid: isPaid ? null : { invoice: id, attempt: given.attempt_count ?? 0 },
  };
}

const invoicePayment = z.object({
  invoice: reference,
  payment: nested({ payment_intent: reference, charge: reference }),
});

function invoicePaymentFacts(object: unknown): Facts {
  const { invoice: paidFor, payment } = invoicePayment.parse(object);
  return about(nobody, present(paidFor, payment.payment_intent, payment.charge));
}

const subscription = z.object({
  id: text,
  customer: reference,
  metadata,
  status: text,
  cancel_at_period_end: flag,
  ended_at: whole,
});

function subscriptionFacts(object: unknown, at: number, isDeleted: boolean): Facts | null {
  const { id, customer, metadata: own, status, ended_at: endedAt, ...given } = subscription.parse(object);
  if (id === null) return null;
  const owner = { customer, subscription: id, userIds: present(own.userId) };
  const cancelAtPeriodEnd = given.cancel_at_period_end === true;
  const ended = endedAt ?? (isDeleted ? at : null);
  return {
    ...about(owner, []),
    subscription: { id, customer, status: status ?? 'unknown', cancelAtPeriodEnd, endedAt: ended },
  };
}

const customer = z.object({ id: reference, metadata });

function customerFacts(object: unknown): Facts {
  const { id, metadata: own } = customer.parse(object);
  return about({ customer: id, subscription: null, userIds: present(own.userId) }, []);
}

const charge = z.object({
  id: text,
  customer: reference,
  metadata,
  invoice: reference,
  payment_intent: reference,
  amount: whole,
  amount_refunded: whole,
});

function chargeFacts(object: unknown): Facts | null {
  const given = charge.parse(object);
  const { id, amount, amount_refunded: refunded } = given;
  if (id === null) return null;
  const { orderId } = given.metadata;
  const payment = present(id, given.payment_intent, given.invoice);
  if (orderId !== null) {
    const refundedMinor = refunded ?? 0;
    const order = { orderId, outcome: 'refunded', charge: id, intent: given.payment_intent, refundedMinor } as const;
    return { ...about(nobody, [...payment, orderId]), order };
  }
  const owner = { customer: given.customer, subscription: null, userIds: present(given.metadata.userId) };
  return {
    ...about(owner, payment),
    charge: { id, amount: amount ?? 0, refunded: refunded ?? 0 },
  };
}

const refund = z.object({
  id: text,
  metadata,
  charge: reference,
  payment_intent: reference,
  amount: whole,
  status: text,
});

/** That there is a refund, its charge says; what only a refund says is that it came to nothing. */
function refundFacts(object: unknown): Facts | null {
  const { id, charge: chargeId, payment_intent: intent, amount, status, metadata: own } = refund.parse(object);
  const isFailed = status === 'failed' || status === 'canceled';
  if (id === null || chargeId === null || !isFailed) return null;
  const payment = present(chargeId, intent);
  const { orderId, refundId } = own;
  if (orderId !== null) {
    const order = { orderId, outcome: 'refund_failed', refund: id, amount, refundId } as const;
    return { ...about(nobody, [...payment, orderId]), order };
  }
  return {
    ...about(nobody, payment),
    failedRefund: { id, charge: chargeId, amount: amount ?? 0 },
  };
}

const dispute = z.object({
  id: text,
  metadata,
  charge: reference,
  payment_intent: reference,
  amount: whole,
  status: text,
});

/** A status other than won or lost is no outcome; `warning_…` are inquiries, which take nothing. */
function disputeFacts(object: unknown, type: string): Facts | null {
  const { id, charge: chargeId, payment_intent: intent, amount, status, metadata: own } = dispute.parse(object);
  if (id === null || chargeId === null || own.orderId !== null) return null;
  const funds = { funds_withdrawn: 'withdrawn', funds_reinstated: 'reinstated' } as const;
  const [said] = Object.entries(funds).flatMap(([ending, meaning]) => (type.endsWith(ending) ? [meaning] : []));
  return {
    ...about(nobody, present(chargeId, intent)),
    dispute: {
      id,
      charge: chargeId,
      amount: amount ?? 0,
      funds: said ?? null,
      outcome: status === 'won' || status === 'lost' ? status : null,
    },
  };
}

const intent = z.object({
  id: text,
  metadata,
  amount: whole,
  last_payment_error: nested({ decline_code: text, code: text }),
});

/** Payments of orders; how those of anything else end, other events tell. */
function intentFacts(object: unknown, type: string): Facts | null {
  const outcome = orderOutcomes[type];
  const { id, metadata: own, amount, last_payment_error: error } = intent.parse(object);
  if (outcome === undefined || id === null || own.orderId === null) return null;
  const declineCode = error.decline_code ?? error.code ?? (type.endsWith('.canceled') ? 'canceled' : 'declined');
  const order = { orderId: own.orderId, intent: id, outcome, amount, declineCode };
  return { ...about(nobody, [id, own.orderId]), order };
}

const orderOutcomes: Readonly<Record<string, 'paid' | 'declined'>> = {
  'payment_intent.succeeded': 'paid',
  'payment_intent.payment_failed': 'declined',
  'payment_intent.canceled': 'declined',
};

const nobody: Owner = { customer: null, subscription: null, userIds: [] };

function about(owner: Owner, payment: readonly string[]): Facts {
  return {
    subjects: [...new Set([...payment, ...present(owner.customer, owner.subscription)])],
    payment,
    owner,
    paid: null,
    subscription: null,
    charge: null,
    dispute: null,
    failedRefund: null,
    unpaid: null,
    order: null,
  };
}

function present(...values: readonly (string | null)[]): string[] {
  return values.flatMap((value) => value ?? []);
}
