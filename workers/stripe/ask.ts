import Stripe from 'stripe';
import { type StripeEvent, stripeEvent } from '../../shared/stripe/event.ts';
import type { Facts } from '../../shared/stripe/facts.ts';
import { factsOf } from '../../shared/stripe/facts-of-event.ts';

/** An object that Stripe's API has answered with, as the event that would have told us of it. */
interface Told {
  readonly type: string;
  readonly object: object;
}

type Question = () => Promise<readonly Told[]>;

/** Lists are read to this length; whose payment has more lines waits for a person. */
const listMax = 100;

/**
 * Asks Stripe's API for whatever an event may lack: the lines of what was paid, the invoice of a session, the metadata of
 * subscription and customer, earlier invoices of the subscription, what a charge has paid for. Answers come as events,
 * to be added like any other; a question that fails is one that was not answered.
 */
export async function askAbout(
  stripe: Stripe,
  event: StripeEvent,
  onFailure: (error: unknown) => void,
): Promise<StripeEvent[]> {
  const facts = factsOf(event);
  if (facts === null) return [];
  const answers = await Promise.allSettled(questionsOf(stripe, event, facts).map((question) => question()));
  return answers.flatMap((answer) => {
    if (answer.status === 'fulfilled') return answer.value.map((told) => eventOf(event, told));
    // That there is no such object is an answer, too.
    if (!(answer.reason instanceof Stripe.errors.StripeInvalidRequestError)) onFailure(answer.reason);
    return [];
  });
}

function questionsOf(stripe: Stripe, event: StripeEvent, { paid, charge, dispute, owner, payment }: Facts): Question[] {
  const { customer, subscription } = owner;
  const invoice = paid?.invoice ?? null;
  const intent = payment.find((id) => id.startsWith('pi_'));
  const isAboutCharge = charge !== null || dispute !== null;
  return [
    ...(customer === null ? [] : [() => customerTold(stripe, customer)]),
    ...(subscription === null ? [] : [() => subscriptionTold(stripe, subscription)]),
    ...(paid?.paidWith.startsWith('cs_') ? [() => sessionTold(stripe, event, paid.paidWith)] : []),
    ...(invoice === null ? [] : [() => invoiceTold(stripe, invoice)]),
    ...(paid?.paidWith.startsWith('in_') ? [() => linesTold(stripe, event, paid.paidWith)] : []),
    ...(paid === null || subscription === null ? [] : [() => invoicesTold(stripe, subscription)]),
    ...(isAboutCharge && intent !== undefined ? [() => paymentTold(stripe, intent)] : []),
  ];
}

async function customerTold(stripe: Stripe, id: string): Promise<Told[]> {
  return [{ type: 'customer.updated', object: await stripe.customers.retrieve(id) }];
}

async function subscriptionTold(stripe: Stripe, id: string): Promise<Told[]> {
  return [{ type: 'customer.subscription.updated', object: await stripe.subscriptions.retrieve(id) }];
}

async function sessionTold(stripe: Stripe, { type, data }: StripeEvent, id: string): Promise<Told[]> {
  const lines = await stripe.checkout.sessions.listLineItems(id, { limit: listMax });
  return [{ type, object: { ...data.object, line_items: lines } }];
}

async function invoiceTold(stripe: Stripe, id: string): Promise<Told[]> {
  const invoice = await stripe.invoices.retrieve(id);
  return invoice.status === 'paid' ? [{ type: 'invoice.paid', object: invoice }] : [];
}

async function linesTold(stripe: Stripe, { type, data }: StripeEvent, id: string): Promise<Told[]> {
  const lines = await stripe.invoices.listLineItems(id, { limit: listMax });
  return [{ type, object: { ...data.object, lines } }];
}

async function invoicesTold(stripe: Stripe, subscription: string): Promise<Told[]> {
  const { data } = await stripe.invoices.list({ subscription, status: 'paid', limit: listMax });
  return data.map((object) => ({ type: 'invoice.paid', object }));
}

async function paymentTold(stripe: Stripe, intent: string): Promise<Told[]> {
  const of = { type: 'payment_intent', payment_intent: intent } as const;
  const { data: invoices } = await stripe.invoicePayments.list({ payment: of });
  const { data: sessions } = await stripe.checkout.sessions.list({ payment_intent: intent });
  return [
    ...invoices.map((object) => ({ type: 'invoice_payment.paid', object })),
    ...sessions.map((object) => ({ type: 'checkout.session.completed', object })),
  ];
}

/** Made when it was paid, as far as that is known: what an event says counts by its time. */
function eventOf({ created, livemode }: StripeEvent, { type, object }: Told): StripeEvent {
  const told: unknown = JSON.parse(JSON.stringify(object));
  return stripeEvent.parse({ id: 'asked', type, created, livemode, data: { object: told } });
}
