import { z } from 'zod';
import type { PaidLine } from './facts.ts';
import { flag, nested, reference, text, whole } from './fields.ts';

const price = z
  .union([z.string().transform((id) => ({ id, type: null })), z.object({ id: z.string(), type: text })])
  .nullish()
  .catch(null)
  .default(null);

const parentDetails = nested({ proration: flag, subscription: reference });

/** A line of an invoice, as API versions before and after 2025-03-31 write it. */
export const invoiceLine = z.object({
  amount: whole,
  quantity: whole,
  proration: flag,
  subscription: reference,
  type: text,
  price,
  plan: reference,
  pricing: nested({ price_details: nested({ price: reference }) }),
  parent: nested({
    type: text,
    subscription_item_details: parentDetails,
    invoice_item_details: parentDetails,
  }),
  period: nested({ start: whole, end: whole }),
});

type InvoiceLine = z.infer<typeof invoiceLine>;

/** A line of a checkout session. */
export const sessionLine = z.object({ amount_total: whole, quantity: whole, price });

/** The subscription that a line is of; null for one that was made by hand. */
export function subscriptionOfLine({ subscription, parent }: InvoiceLine): string | null {
  return subscription ?? parent.subscription_item_details.subscription ?? parent.invoice_item_details.subscription;
}

export function paidInvoiceLine(line: InvoiceLine, isOfSubscription: boolean): PaidLine {
  return {
    kind: !isOfSubscription ? 'once' : isProration(line) ? 'proration' : isRecurring(line) ? 'recurring' : 'once',
    price: line.pricing.price_details.price ?? line.price?.id ?? line.plan,
    quantity: line.quantity ?? 1,
    amount: line.amount,
    start: line.period.start,
    end: line.period.end,
  };
}

/** Only sessions of subscriptions have recurring prices. */
export function paidSessionLine(line: z.infer<typeof sessionLine>, isOfSubscription: boolean): PaidLine {
  return {
    kind: isOfSubscription && line.price?.type !== 'one_time' ? 'recurring' : 'once',
    price: line.price?.id ?? null,
    quantity: line.quantity ?? 1,
    amount: line.amount_total,
    start: null,
    end: null,
  };
}

function isProration({ proration, parent }: InvoiceLine): boolean {
  const { subscription_item_details: item, invoice_item_details: other } = parent;
  return proration === true || item.proration === true || other.proration === true;
}

/** One that says nothing about it is: most lines of a subscription's invoices are. */
function isRecurring({ type, parent, price: priced }: InvoiceLine): boolean {
  if (parent.type !== null) return parent.type === 'subscription_item_details';
  if (type !== null) return type === 'subscription';
  const priceType = priced?.type ?? null;
  return priceType === null || priceType === 'recurring';
}
