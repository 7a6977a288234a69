import { type Book, collect, emit, invoiceFor, periodLine } from './book.ts';
import { monthsLater } from './calendar.ts';
import type { Item, Line, Subscription } from './objects.ts';
import { subscriptionView } from './views.ts';

/* What happens to a subscription once it is there: time, changes, ends. */

/** Moves the test clock; every period that begins until then is invoiced. */
export function advance(book: Book, to: number): void {
  for (;;) {
    const [due] = [...book.subscriptions.values()]
      .filter(({ periodEnd, status }) => periodEnd <= to && status !== 'canceled')
      .sort((a, b) => a.periodEnd - b.periodEnd);
    if (due === undefined) break;
    book.now = Math.max(book.now, due.periodEnd);
    renew(book, due);
  }
  book.now = Math.max(book.now, to);
}

function renew(book: Book, subscription: Subscription): void {
  if (subscription.cancelAtPeriodEnd) {
    end(book, subscription);
    return;
  }
  const step = subscription.item.price.months ?? 1;
  const begins = subscription.periodEnd;
  let months = step;
  while (monthsLater(subscription.anchor, months) <= begins) months += step;
  subscription.periodStart = begins;
  subscription.periodEnd = monthsLater(subscription.anchor, months);
  if (subscription.status === 'trialing') subscription.status = 'active';
  emit(book, 'customer.subscription.updated', subscriptionView(subscription, book.shape));
  invoiceFor(book, subscription, 'subscription_cycle', [periodLine(subscription)]);
}

/** Another price or quantity, from now on; paid at once, or with the next invoice. */
export function change(book: Book, subscription: Subscription, item: Item, when: 'now' | 'next'): void {
  const before = subscription.item;
  subscription.item = item;
  emit(book, 'customer.subscription.updated', subscriptionView(subscription, book.shape));
  const lines = [prorated(book, subscription, before, -1), prorated(book, subscription, item, 1)];
  if (when === 'now') invoiceFor(book, subscription, 'subscription_update', lines);
  else subscription.pending.push(...lines);
}

function prorated({ now }: Book, { periodStart, periodEnd }: Subscription, item: Item, sign: 1 | -1): Line {
  const left = (periodEnd - now) / (periodEnd - periodStart);
  const amount = sign * Math.round(item.price.unitAmount * item.quantity * left);
  return { ...item, amount, proration: true, start: now, end: periodEnd };
}

/** At the end of the period, or now. */
export function cancel(book: Book, subscription: Subscription, when: 'now' | 'at period end'): void {
  if (when === 'now') end(book, subscription);
  else setCancelling(book, subscription, true);
}

export function resume(book: Book, subscription: Subscription): void {
  setCancelling(book, subscription, false);
}

function setCancelling(book: Book, subscription: Subscription, cancelAtPeriodEnd: boolean): void {
  subscription.cancelAtPeriodEnd = cancelAtPeriodEnd;
  emit(book, 'customer.subscription.updated', subscriptionView(subscription, book.shape));
}

function end(book: Book, subscription: Subscription): void {
  subscription.status = 'canceled';
  subscription.endedAt = book.now;
  emit(book, 'customer.subscription.deleted', subscriptionView(subscription, book.shape));
}

/** The card works again: what is open is collected. */
export function payOpen(book: Book, subscription: Subscription): void {
  book.refused.delete(subscription.id);
  for (const invoice of book.invoices.values()) {
    if (invoice.subscription === subscription && invoice.status === 'open') collect(book, invoice);
  }
}
