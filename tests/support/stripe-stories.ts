import {
  addCustomer,
  type Book,
  chargeOf,
  checkOut,
  closeDispute,
  failRefund,
  openDispute,
  refund,
  settlePayment,
} from '../../bin/demo/fake-stripe/book.ts';
import { monthsLater } from '../../bin/demo/fake-stripe/calendar.ts';
import type { Item, Price, Subscription } from '../../bin/demo/fake-stripe/objects.ts';
import { advance, cancel, change, payOpen, resume } from '../../bin/demo/fake-stripe/subscriptions.ts';

/* Life cycles of payments, and what their payer has in the end, reckoned by hand. */

export const basic: Price = { id: 'price_basic', unitAmount: 1_000, months: 1 };
export const pro: Price = { id: 'price_pro', unitAmount: 4_000, months: 1 };
export const yearly: Price = { id: 'price_yearly', unitAmount: 12_000, months: 12 };
export const pack: Price = { id: 'price_pack', unitAmount: 2_500, months: null };

/** Credits per period and quantity; those of a year come month by month. */
export const creditsOfPrices = { price_basic: 10, price_pro: 40, price_yearly: 125, price_pack: 25 };

export interface Story {
  readonly name: string;
  /** Lets it happen in the book, to this user; what they should have in the end. */
  readonly happen: (book: Book, userId: string) => number;
}

const one = (price: Price): Item => ({ price, quantity: 1 });

function subscribed(book: Book, userId: string, item: Item = one(basic), trialDays = 0) {
  const session = checkOut(book, { items: [item], userId, trialDays });
  const subscription = book.subscriptions.get(session.subscription ?? '');
  if (subscription === undefined) throw new Error('nothing was subscribed to');
  return { session, subscription };
}

/** Moves the clock to the n-th part of what is left of the period. */
function wait(book: Book, { periodEnd }: Subscription, part: number): void {
  advance(book, book.now + Math.floor((periodEnd - book.now) * part));
}

function leftOf({ now }: Book, { periodStart, periodEnd }: Subscription): number {
  return (periodEnd - now) / (periodEnd - periodStart);
}

export const stories: readonly Story[] = [
  {
    name: 'a first period',
    happen: (book, userId) => {
      subscribed(book, userId);
      return 10;
    },
  },
  {
    name: 'renewals, over the end of February',
    happen: (book, userId) => {
      subscribed(book, userId);
      advance(book, monthsLater(book.now, 2));
      return 30;
    },
  },
  {
    name: 'a trial that gives nothing, then two periods',
    happen: (book, userId) => {
      const { subscription } = subscribed(book, userId, one(basic), 14);
      advance(book, monthsLater(subscription.periodEnd, 1));
      return 20;
    },
  },
  {
    name: 'an upgrade that is paid at once',
    happen: (book, userId) => {
      const { subscription } = subscribed(book, userId);
      wait(book, subscription, 1 / 3);
      const left = leftOf(book, subscription);
      change(book, subscription, one(pro), 'now');
      return 10 + Math.ceil((40 - 10) * left - 1e-9);
    },
  },
  {
    name: 'an upgrade that is paid with the next period',
    happen: (book, userId) => {
      const { subscription } = subscribed(book, userId);
      wait(book, subscription, 1 / 2);
      const left = leftOf(book, subscription);
      change(book, subscription, one(pro), 'next');
      advance(book, subscription.periodEnd);
      return 10 + Math.ceil((40 - 10) * left - 1e-9) + 40;
    },
  },
  {
    name: 'a downgrade, which takes nothing away',
    happen: (book, userId) => {
      const { subscription } = subscribed(book, userId, one(pro));
      wait(book, subscription, 1 / 2);
      change(book, subscription, one(basic), 'now');
      advance(book, subscription.periodEnd);
      return 40 + 10;
    },
  },
  {
    name: 'a quantity that grows',
    happen: (book, userId) => {
      const { subscription } = subscribed(book, userId, { price: basic, quantity: 2 });
      wait(book, subscription, 1 / 4);
      const left = leftOf(book, subscription);
      change(book, subscription, { price: basic, quantity: 5 }, 'now');
      return 20 + Math.ceil(30 * left - 1e-9);
    },
  },
  {
    name: 'a card that is refused and then works',
    happen: (book, userId) => {
      const { subscription } = subscribed(book, userId);
      book.refused.add(subscription.id);
      advance(book, subscription.periodEnd);
      payOpen(book, subscription);
      return 20;
    },
  },
  {
    name: 'money that takes days, for a subscription',
    happen: (book, userId) => {
      const session = checkOut(book, { items: [one(basic)], userId, isSlow: true });
      book.now += 2 * 86_400;
      settlePayment(book, session);
      return 10;
    },
  },
  {
    name: 'partial refunds',
    happen: (book, userId) => {
      const { session } = subscribed(book, userId);
      const charged = chargeOf(book, session);
      refund(book, charged, 333);
      refund(book, charged, 250);
      return 10 - Math.floor(5.83);
    },
  },
  {
    name: 'a refund that fails, and one in another way',
    happen: (book, userId) => {
      const { session } = subscribed(book, userId);
      const charged = chargeOf(book, session);
      refund(book, charged, 600);
      book.now += 3 * 86_400;
      failRefund(book, charged, 600);
      book.now += 86_400;
      refund(book, charged, 200);
      return 10 - 2;
    },
  },
  {
    name: 'one of two refunds fails',
    happen: (book, userId) => {
      const { session } = subscribed(book, userId);
      const charged = chargeOf(book, session);
      refund(book, charged, 400);
      book.now += 3_600;
      refund(book, charged, 300);
      book.now += 3 * 86_400;
      failRefund(book, charged, 400);
      return 10 - 3;
    },
  },
  {
    name: 'a dispute that is lost',
    happen: (book, userId) => {
      const { session } = subscribed(book, userId);
      closeDispute(book, openDispute(book, chargeOf(book, session)), 'lost');
      return 0;
    },
  },
  {
    name: 'a dispute that is won, then a refund of half',
    happen: (book, userId) => {
      const { session } = subscribed(book, userId);
      const charged = chargeOf(book, session);
      closeDispute(book, openDispute(book, charged), 'won');
      refund(book, charged, 500);
      return 5;
    },
  },
  {
    name: 'cancelled and resumed, then cancelled at the end',
    happen: (book, userId) => {
      const { subscription } = subscribed(book, userId);
      cancel(book, subscription, 'at period end');
      resume(book, subscription);
      advance(book, subscription.periodEnd);
      cancel(book, subscription, 'at period end');
      advance(book, monthsLater(subscription.periodEnd, 3));
      return 20;
    },
  },
  {
    name: 'two customers of one person',
    happen: (book, userId) => {
      const first = addCustomer(book, { userId });
      checkOut(book, { items: [one(basic)], customer: first });
      subscribed(book, userId, one(pro));
      return 50;
    },
  },
  {
    name: 'a user whom only the metadata of the subscription names',
    happen: (book, userId) => {
      checkOut(book, { items: [one(basic)], metadata: { userId } });
      advance(book, monthsLater(book.now, 1));
      return 20;
    },
  },
  {
    name: 'a year whose credits come month by month',
    happen: (book, userId) => {
      subscribed(book, userId, one(yearly));
      return 10;
    },
  },
  {
    name: 'a year, refunded',
    happen: (book, userId) => {
      const { session } = subscribed(book, userId, one(yearly));
      refund(book, chargeOf(book, session), 12_000);
      return 0;
    },
  },
];

/** Those in which something is bought once: their sessions must say what, or Stripe be asked. */
export const storiesOfPacks: readonly Story[] = [
  {
    name: 'a pack',
    happen: (book, userId) => {
      checkOut(book, { items: [{ price: pack, quantity: 2 }], userId });
      return 50;
    },
  },
  {
    name: 'a pack whose money takes days, refunded by a third',
    happen: (book, userId) => {
      const session = checkOut(book, { items: [one(pack)], userId, isSlow: true });
      settlePayment(book, session);
      refund(book, chargeOf(book, session), 833);
      return 25 - Math.floor((25 * 833) / 2_500);
    },
  },
  {
    name: 'a subscription with a pack in one session, disputed and lost',
    happen: (book, userId) => {
      const session = checkOut(book, { items: [one(basic), one(pack)], userId });
      const dispute = openDispute(book, chargeOf(book, session), 1_750);
      closeDispute(book, dispute, 'lost');
      return 5 + 13;
    },
  },
];
