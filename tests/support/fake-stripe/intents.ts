import { type Book, emit, refund } from './book.ts';
import type { Charge, Intent, Metadata } from './objects.ts';
import type { Reply } from './replies.ts';

/* Payments that are made through the API, as a shop's checkout makes them. */

/** Cards as Stripe's own test mode has them. */
const declines: Readonly<Record<string, string>> = {
  pm_card_chargeDeclined: 'generic_decline',
  pm_card_chargeDeclinedInsufficientFunds: 'insufficient_funds',
};

export function intentView({ id, amount, currency, status, metadata, charge }: Intent) {
  return { id, object: 'payment_intent', amount, currency, status, metadata, latest_charge: charge };
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
    status: 'requires_confirmation',
    charge: null,
  };
  book.intents.set(intent.id, intent);
  if (form.get('confirm') !== 'true') return intentView(intent);

  const declined = declines[form.get('payment_method') ?? ''];
  if (declined !== undefined) {
    intent.status = 'requires_payment_method';
    emit(book, 'payment_intent.payment_failed', intentView(intent));
    return refused('card_declined', 'Your card was declined.', {
      decline_code: declined,
      payment_intent: intentView(intent),
    });
  }
  const customer = form.get('customer');
  const made: Charge = {
    id: book.nextId('ch'),
    intent: intent.id,
    customer,
    invoice: null,
    amount,
    metadata: intent.metadata,
    refunded: 0,
  };
  book.charges.set(made.id, made);
  intent.status = 'succeeded';
  intent.charge = made.id;
  emit(book, 'payment_intent.succeeded', intentView(intent));
  return intentView(intent);
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
  return {
    id: book.nextId('re'),
    object: 'refund',
    amount,
    charge: charged.id,
    payment_intent: charged.intent,
    status: 'succeeded',
    metadata: metadataOf(form),
  };
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
