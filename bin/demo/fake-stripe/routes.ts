import type { Book } from './book.ts';
import { cancelIntent, createIntent, createRefund, intentView, refundView } from './intents.ts';
import type { Reply } from './replies.ts';
import {
  chargeView,
  customerView,
  invoicePaymentView,
  invoiceView,
  list,
  sessionLinesView,
  sessionView,
  subscriptionView,
} from './views.ts';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
}

/** The part of Stripe's API that we use; anything else is 404, as an unknown object is. */
export function answerOf(book: Book, call: Call): Reply {
  for (const { method, path, answer } of routes) {
    const match = path.exec(call.path);
    if (match === null || method !== call.method) continue;
    const body = answer(book, match[1] ?? '', call);
    if (body !== null) return 'status' in body && 'body' in body ? reply(body) : { status: 200, body };
  }
  return missing(call.path);
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly answer: (book: Book, id: string, call: Call) => object | null;
}

const routes: readonly Route[] = [
  get(/^\/v1\/events$/, (book, _id, { query }) =>
    pageOf(eventsSince(book, Number(query.get('created[gte]') ?? 0)), query),
  ),
  get(/^\/v1\/customers\/(\w+)$/, (book, id) => shown(book.customers.get(id), customerView)),
  get(/^\/v1\/subscriptions\/(\w+)$/, (book, id) =>
    shown(book.subscriptions.get(id), (found) => subscriptionView(found, book.shape)),
  ),
  get(/^\/v1\/checkout\/sessions$/, (book, _id, { query }) =>
    list([...book.sessions.values()].filter(({ intent }) => intent === query.get('payment_intent')).map(sessionView)),
  ),
  get(/^\/v1\/checkout\/sessions\/(\w+)$/, (book, id) => shown(book.sessions.get(id), sessionView)),
  get(/^\/v1\/checkout\/sessions\/(\w+)\/line_items$/, (book, id) => shown(book.sessions.get(id), sessionLinesView)),
  get(/^\/v1\/invoices$/, (book, _id, { query }) => list(invoicesOf(book, query))),
  get(/^\/v1\/invoices\/(\w+)$/, (book, id) => invoiceShown(book, id)),
  get(/^\/v1\/invoices\/(\w+)\/lines$/, (book, id) => invoiceShown(book, id)?.lines ?? null),
  get(/^\/v1\/invoice_payments$/, (book, _id, { query }) => list(paidWith(book, query.get('payment[payment_intent]')))),
  get(/^\/v1\/charges\/(\w+)$/, (book, id) => shown(book.charges.get(id), (found) => chargeView(found, book.shape))),
  get(/^\/v1\/charges$/, (book, _id, { query }) => list(chargesFor(book, query.get('payment_intent')))),
  get(/^\/v1\/payment_intents\/search$/, (book, _id, { query }) => ({
    ...list(searched(book, query.get('query') ?? '')),
    object: 'search_result',
  })),
  get(/^\/v1\/payment_intents$/, (book, _id, { query }) =>
    pageOf([...book.intents.values()].toReversed().map(intentView), query),
  ),
  post(/^\/v1\/payment_intents\/(\w+)\/cancel$/, (book, id) => cancelIntent(book, id)),
  get(/^\/v1\/refunds$/, (book, _id, { query }) =>
    list([...book.refunds.values()].filter(({ intent }) => intent === query.get('payment_intent')).map(refundView)),
  ),
  get(/^\/v1\/payment_intents\/(\w+)$/, (book, id) => shown(book.intents.get(id), intentView)),
  post(/^\/v1\/payment_intents$/, (book, _id, { form }) => createIntent(book, form)),
  post(/^\/v1\/refunds$/, (book, _id, { form }) => createRefund(book, form)),
];

function chargesFor({ charges, shape }: Book, paymentIntent: string | null): object[] {
  return [...charges.values()]
    .filter(({ intent }) => intent === paymentIntent)
    .map((found) => chargeView(found, shape));
}

/** `metadata['orderId']:'…'`; the search of the real one lags, and so does this one when the book says so. */
function searched({ intents, isSearchLate }: Book, query: string): object[] {
  const [, key = '', value] = /^metadata\['(\w+)'\]:'([^']*)'$/.exec(query) ?? [];
  if (isSearchLate) return [];
  return [...intents.values()].filter(({ metadata }) => metadata[key] === value).map(intentView);
}

function get(path: RegExp, answer: Route['answer']): Route {
  return { method: 'GET', path, answer };
}

function post(path: RegExp, answer: Route['answer']): Route {
  return { method: 'POST', path, answer };
}

function reply(given: object): Reply {
  const { status, body } = { status: 500, body: {}, ...given };
  return { status: Number(status), body };
}

function missing(what: string): Reply {
  const error = { type: 'invalid_request_error', code: 'resource_missing', message: `No such resource: ${what}` };
  return { status: 404, body: { error } };
}

function shown<Found>(found: Found | undefined, view: (found: Found) => object): object | null {
  return found === undefined ? null : view(found);
}

function eventsSince({ events }: Book, since: number): object[] {
  return events.filter(({ created }) => created >= since).toReversed();
}

/** Newest first, after an id, as many as asked for. */
function pageOf(all: readonly object[], query: URLSearchParams): object {
  const after = query.get('starting_after');
  const from = after === null ? 0 : all.findIndex((each) => 'id' in each && each.id === after) + 1;
  const limit = Number(query.get('limit') ?? 10);
  return list(all.slice(from, from + limit), from + limit < all.length);
}

function invoiceShown(book: Book, id: string) {
  const invoice = book.invoices.get(id);
  if (invoice === undefined) return null;
  const charged = [...book.charges.values()].find(({ intent }) => intent === invoice.intent);
  return invoiceView(invoice, book.shape, charged ?? null);
}

function invoicesOf(book: Book, query: URLSearchParams): object[] {
  const wanted = [...book.invoices.values()].filter(
    ({ subscription, status }) => subscription?.id === query.get('subscription') && status === query.get('status'),
  );
  return wanted.toReversed().flatMap(({ id }) => invoiceShown(book, id) ?? []);
}

function paidWith(book: Book, intent: string | null): object[] {
  const paid = [...book.invoices.values()].filter((invoice) => intent !== null && invoice.intent === intent);
  return paid.map((invoice) => invoicePaymentView(invoice, intent ?? ''));
}
