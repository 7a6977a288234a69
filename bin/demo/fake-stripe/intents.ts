import { type Book, emit, refund } from './book.ts';
import type { Charge, Intent, Metadata, Refund } from './objects.ts';
import type { Reply } from './replies.ts';

/* Payments that are made through the API, as a shop's checkout makes them. */

/** Cards as Stripe's own test mode has them. */
const declines: Readonly<Record<string, string>> = {
  pm_card_chargeDeclined: 'generic_decline',
  pm_card_chargeDeclinedInsufficientFunds: 'insufficient_funds',
};

const needsAction = 'pm_card_threeDSecure2Required';

export function intentView({ id, amount, currency, status, metadata, charge, created, decline }: Intent) {
  return {
    id,
    object: 'payment_intent',
    amount,
    currency,
    status,
    metadata,
    created,
    latest_charge: charge,
    client_secret: `${id}_secret`,
    last_payment_error: decline === null ? null : { type: 'card_error', code: 'card_declined', decline_code: decline },
  };
}

export function refundView({ id, intent, charge, amount, metadata }: Refund) {
  return { id, object: 'refund', amount, charge, payment_intent: intent, status: 'succeeded', metadata };
}

/** Creates and, with `confirm`, charges at once. */
export function createIntent(book: Book, form: URLSearchParams): object | Reply {
  const amount = Number(form.get('amount'));
  if (!Number.isSafeInteger(amount) || amount <= 0) return refused('parameter_invalid_integer', 'Invalid amount');
  const intent: Intent = {
    id: book.nextId('pi'),
    amount,
    currency: form.get('currency') ?? 'eur',
    metadata: metadataOf(form),
    created: Math.floor(Date.now() / 1_000),
    status: 'requires_confirmation',
    decline: null,
    charge: null,
  };
  book.intents.set(intent.id, intent);
  if (form.get('confirm') !== 'true') return intentView(intent);

  const card = form.get('payment_method') ?? '';
  if (card === needsAction) {
    intent.status = 'requires_action';
    emit(book, 'payment_intent.requires_action', intentView(intent));
    return intentView(intent);
  }
  const declined = declines[card];
  if (declined === undefined) {
    succeed(book, intent, form.get('customer'));
    return intentView(intent);
  }
  decline(book, intent, declined);
  const error = { decline_code: declined, payment_intent: intentView(intent) };
  return refused('card_declined', 'Your card was declined.', error);
}

/** The customer has acted: the card is charged, or, with a code, declined. */
export function confirmIntent(book: Book, id: string, code: string | null = null): void {
  const intent = book.intents.get(id);
  if (intent?.status !== 'requires_action') throw new Error(`${id} needs no action`);
  if (code === null) succeed(book, intent, null);
  else decline(book, intent, code);
}

export function cancelIntent(book: Book, id: string): object | Reply | null {
  const intent = book.intents.get(id);
  if (intent === undefined) return null;
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    return refused('payment_intent_unexpected_state', `You cannot cancel this PaymentIntent: ${intent.status}.`);
  }
  intent.status = 'canceled';
  emit(book, 'payment_intent.canceled', intentView(intent));
  return intentView(intent);
}

function succeed(book: Book, intent: Intent, customer: string | null): void {
  const { id, amount, metadata } = intent;
  const made: Charge = { id: book.nextId('ch'), intent: id, customer, invoice: null, amount, metadata, refunded: 0 };
  book.charges.set(made.id, made);
  intent.status = 'succeeded';
  intent.charge = made.id;
  emit(book, 'payment_intent.succeeded', intentView(intent));
}

function decline(book: Book, intent: Intent, code: string): void {
  intent.status = 'requires_payment_method';
  intent.decline = code;
  emit(book, 'payment_intent.payment_failed', intentView(intent));
}

export function createRefund(book: Book, form: URLSearchParams): object | Reply {
  const wanted = form.get('charge') ?? form.get('payment_intent');
  const charged = [...book.charges.values()].find(({ id, intent }) => id === wanted || intent === wanted);
  if (charged === undefined) return refused('resource_missing', `No such charge: ${wanted}`);
  const amount = Number(form.get('amount') ?? charged.amount - charged.refunded);
  if (!(amount > 0) || charged.refunded + amount > charged.amount) {
    return refused('charge_already_refunded', 'The refund is greater than what is left of the charge.');
  }
  refund(book, charged, amount);
  const { id: charge, intent } = charged;
  const made: Refund = { id: book.nextId('re'), intent, charge, amount, metadata: metadataOf(form) };
  book.refunds.set(made.id, made);
  return refundView(made);
}

function refused(code: string, message: string, more: object = {}): Reply {
  const type = code === 'card_declined' ? 'card_error' : 'invalid_request_error';
  return { status: type === 'card_error' ? 402 : 400, body: { error: { type, code, message, ...more } } };
}

function metadataOf(form: URLSearchParams): Metadata {
  const members = [...form].flatMap(([name, value]) => {
    const [, key] = /^metadata\[(\w+)\]$/.exec(name) ?? [];
    return key === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(members);
}
