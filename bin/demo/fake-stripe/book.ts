import { monthsLater } from './calendar.ts';
import type {
  Charge,
  Customer,
  Dispute,
  Intent,
  Invoice,
  Item,
  Line,
  Metadata,
  Refund,
  Session,
  Subscription,
} from './objects.ts';
import {
  chargeView,
  customerView,
  disputeView,
  invoicePaymentView,
  invoiceView,
  refundView,
  type Shape,
  sessionLinesView,
  sessionView,
  subscriptionView,
} from './views.ts';

/** An event as the fake sends and lists it. */
export interface FakeEvent {
  readonly id: string;
  readonly object: 'event';
  readonly type: string;
  readonly created: number;
  readonly livemode: boolean;
  readonly data: { readonly object: object };
}

export interface CheckoutWish {
  readonly items: readonly Item[];
  readonly customer?: string;
  /** `client_reference_id`. */
  readonly userId?: string;
  readonly metadata?: Metadata;
  readonly trialDays?: number;
  /** The payment takes days: `settlePayment` ends them. */
  readonly isSlow?: boolean;
}

/** All that the fake has, and what has happened so far, oldest first. */
export interface Book {
  readonly shape: Shape;
  /** Whether events of sessions hold what was bought; Stripe's own do not. */
  readonly withLines: boolean;
  /** The test clock, in epoch seconds. */
  now: number;
  readonly events: FakeEvent[];
  readonly customers: Map<string, Customer>;
  readonly subscriptions: Map<string, Subscription>;
  readonly invoices: Map<string, Invoice>;
  readonly sessions: Map<string, Session>;
  readonly intents: Map<string, Intent>;
  readonly charges: Map<string, Charge>;
  readonly disputes: Map<string, Dispute>;
  readonly refunds: Map<string, Refund>;
  /** Subscriptions whose card is refused at the moment. */
  readonly refused: Set<string>;
  /** Whether what was just made is not found yet. */
  isSearchLate: boolean;
  readonly nextId: (prefix: string) => string;
}

/** `name` keeps the ids of several books apart. */
export function openBook(
  name: string,
  { shape = 'new', withLines = false, now = Date.UTC(2026, 0, 31, 10) / 1_000 }: Partial<Book> = {},
): Book {
  let count = 0;
  return {
    shape,
    withLines,
    now,
    events: [],
    customers: new Map(),
    subscriptions: new Map(),
    invoices: new Map(),
    sessions: new Map(),
    intents: new Map(),
    charges: new Map(),
    disputes: new Map(),
    refunds: new Map(),
    refused: new Set(),
    isSearchLate: false,
    nextId: (prefix) => {
      count += 1;
      return `${prefix}_${name}${count}`;
    },
  };
}

export function emit(book: Book, type: string, object: object): void {
  const data = { object: structuredClone(object) };
  const id = book.nextId('evt');
  book.events.push({ id, object: 'event', type, created: book.now, livemode: false, data });
}

export function addCustomer(book: Book, metadata: Metadata = {}): string {
  const customer = { id: book.nextId('cus'), metadata };
  book.customers.set(customer.id, customer);
  emit(book, 'customer.created', customerView(customer));
  return customer.id;
}

/** A checkout session that its customer has completed. */
export function checkOut(book: Book, wish: CheckoutWish): Session {
  const { items, userId = null, isSlow = false, trialDays = 0 } = wish;
  const recurring = items.find(({ price }) => price.months !== null);
  const amount = trialDays > 0 ? 0 : items.reduce((sum, { price, quantity }) => sum + price.unitAmount * quantity, 0);
  const customer = wish.customer ?? (recurring === undefined ? null : addCustomer(book));
  const session: Session = {
    id: book.nextId('cs'),
    mode: recurring === undefined ? 'payment' : 'subscription',
    customer,
    userId,
    items,
    amount,
    subscription: null,
    invoice: null,
    intent: null,
    paymentStatus: amount === 0 ? 'no_payment_required' : isSlow ? 'unpaid' : 'paid',
  };
  book.sessions.set(session.id, session);
  if (recurring !== undefined && customer !== null) {
    const once = items.filter(({ price }) => price.months === null);
    const options = { metadata: wish.metadata ?? {}, trialDays, once, isSlow };
    const invoice = subscribe(book, customer, recurring, options);
    session.subscription = invoice.subscription?.id ?? null;
    session.invoice = invoice.id;
  } else if (!isSlow) {
    session.intent = charge(book, { amount, customer, invoice: null }).intent;
  }
  emit(book, 'checkout.session.completed', sessionShown(book, session));
  return session;
}

function sessionShown({ withLines }: Book, session: Session): object {
  return { ...sessionView(session), ...(withLines ? { line_items: sessionLinesView(session) } : {}) };
}

/** The money of a slow payment arrives. */
export function settlePayment(book: Book, session: Session): void {
  session.paymentStatus = 'paid';
  const invoice = session.invoice === null ? undefined : book.invoices.get(session.invoice);
  if (invoice !== undefined) collect(book, invoice);
  else session.intent = charge(book, { amount: session.amount, customer: session.customer, invoice: null }).intent;
  emit(book, 'checkout.session.async_payment_succeeded', sessionShown(book, session));
}

interface SubscribeOptions {
  readonly metadata?: Metadata;
  readonly trialDays?: number;
  readonly once?: readonly Item[];
  readonly isSlow?: boolean;
}

export function subscribe(
  book: Book,
  customer: string,
  item: Item,
  { metadata = {}, trialDays = 0, once = [], isSlow = false }: SubscribeOptions = {},
): Invoice {
  const trialEnd = trialDays > 0 ? book.now + trialDays * 86_400 : null;
  const subscription: Subscription = {
    id: book.nextId('sub'),
    customer,
    metadata,
    created: book.now,
    item,
    status: trialEnd === null ? 'active' : 'trialing',
    cancelAtPeriodEnd: false,
    periodStart: book.now,
    periodEnd: trialEnd ?? monthsLater(book.now, item.price.months ?? 1),
    anchor: trialEnd ?? book.now,
    trialEnd,
    endedAt: null,
    pending: [],
  };
  book.subscriptions.set(subscription.id, subscription);
  emit(book, 'customer.subscription.created', subscriptionView(subscription, book.shape));
  const extra = once.map((one) => ({
    ...lineOf(one, book.now, book.now),
    amount: one.price.unitAmount * one.quantity,
  }));
  return invoiceFor(book, subscription, 'subscription_create', [periodLine(subscription), ...extra], isSlow);
}

export function periodLine({ item, periodStart, periodEnd, trialEnd }: Subscription): Line {
  const line = lineOf(item, periodStart, periodEnd);
  return trialEnd === periodEnd ? { ...line, amount: 0 } : line;
}

function lineOf({ price, quantity }: Item, start: number, end: number): Line {
  return { price, quantity, amount: price.unitAmount * quantity, proration: false, start, end };
}

/** Makes an invoice and collects it, unless the card is refused or the money takes days. */
export function invoiceFor(
  book: Book,
  subscription: Subscription,
  reason: string,
  lines: readonly Line[],
  isSlow = false,
): Invoice {
  const { customer, pending } = subscription;
  const invoice: Invoice = {
    id: book.nextId('in'),
    customer,
    subscription,
    reason,
    created: book.now,
    lines: [...pending, ...lines],
    status: 'open',
    attempts: 0,
    intent: null,
  };
  subscription.pending = [];
  book.invoices.set(invoice.id, invoice);
  if (isSlow) return invoice;
  if (book.refused.has(subscription.id)) failToCollect(book, invoice);
  else collect(book, invoice);
  return invoice;
}

function failToCollect(book: Book, invoice: Invoice): void {
  invoice.attempts += 1;
  if (invoice.subscription !== null) {
    invoice.subscription.status = 'past_due';
    emit(book, 'customer.subscription.updated', subscriptionView(invoice.subscription, book.shape));
  }
  emit(book, 'invoice.payment_failed', invoiceView(invoice, book.shape, null));
}

/** Takes the money for an invoice; tells of it twice, as Stripe does. */
export function collect(book: Book, invoice: Invoice): void {
  const total = invoice.lines.reduce((sum, { amount }) => sum + amount, 0);
  const { subscription } = invoice;
  const made = total > 0 ? charge(book, { amount: total, customer: invoice.customer, invoice: invoice.id }) : null;
  invoice.status = 'paid';
  invoice.attempts += 1;
  invoice.intent = made?.intent ?? null;
  if (subscription?.status === 'past_due') {
    subscription.status = 'active';
    emit(book, 'customer.subscription.updated', subscriptionView(subscription, book.shape));
  }
  const shown = invoiceView(invoice, book.shape, made);
  emit(book, 'invoice.paid', shown);
  emit(book, 'invoice.payment_succeeded', shown);
  if (made !== null && book.shape === 'new')
    emit(book, 'invoice_payment.paid', invoicePaymentView(invoice, made.intent));
}

function charge(book: Book, { amount, customer, invoice }: Pick<Charge, 'amount' | 'customer' | 'invoice'>): Charge {
  const made = { id: book.nextId('ch'), intent: book.nextId('pi'), customer, invoice, amount, refunded: 0 };
  book.charges.set(made.id, made);
  return made;
}

/** What was charged for a session or an invoice. */
export function chargeOf(book: Book, { intent, invoice }: { intent: string | null; invoice?: string | null }): Charge {
  const wanted = intent ?? book.invoices.get(invoice ?? '')?.intent;
  const found = [...book.charges.values()].find((each) => each.intent === wanted);
  if (found === undefined) throw new Error('nothing was charged');
  return found;
}

export function refund(book: Book, charged: Charge, amount: number): void {
  charged.refunded += amount;
  emit(book, 'charge.refunded', chargeView(charged, book.shape));
}

/** A refund of so much does not reach the card: Stripe has the money again, and tells of it twice. */
export function failRefund(book: Book, charged: Charge, amount: number, metadata: Metadata = {}): void {
  charged.refunded -= amount;
  const failed = { ...refundView(book.nextId('re'), charged, amount), metadata };
  emit(book, 'refund.failed', failed);
  emit(book, 'charge.refund.updated', failed);
}

export function openDispute(book: Book, charged: Charge, amount = charged.amount): Dispute {
  const made: Dispute = { id: book.nextId('dp'), charge: charged, amount, status: 'needs_response' };
  book.disputes.set(made.id, made);
  emit(book, 'charge.dispute.created', disputeView(made));
  emit(book, 'charge.dispute.funds_withdrawn', disputeView(made));
  return made;
}

export function closeDispute(book: Book, dispute: Dispute, outcome: 'won' | 'lost'): void {
  dispute.status = outcome;
  emit(book, 'charge.dispute.closed', disputeView(dispute));
  if (outcome === 'won') emit(book, 'charge.dispute.funds_reinstated', disputeView(dispute));
}
