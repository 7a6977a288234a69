import { z } from 'zod';
import { type Act, at, times } from './act.ts';
import type { Cast, Person } from './cast.ts';
import { cards, checkout, loyalty, pointsGift, readPoints, refund } from './shop.ts';
import { perform, performOneOf, type Stage } from './stage.ts';
import { type Operation, submit } from './submit.ts';

/* What happens in the shop. */

const paid = z.object({
  orderId: z.string(),
  orderNumber: z.string(),
  subtotalMinor: z.int(),
  discountMinor: z.int(),
  totalMinor: z.int(),
  pointsRedeemed: z.int(),
  pointsEarned: z.int(),
  pointsBalance: z.int(),
});

const refunded = z.object({ refundedMinor: z.int(), pointsReturned: z.int(), pointsReversed: z.int() });

const givenPoints = 100;

export function shoppingActs({ clients, shoppers, thrifty }: Cast): readonly Act[] {
  return [
    ...times(24, (n) => purchase(at(clients, n), n)),
    ...times(4, (n) => poorInPoints(at(clients, n + 24))),
    race(times(5, (n) => at(clients, n * 7))),
    samePoints(thrifty),
    ...shoppers.slice(1).map(declined),
  ];
}

/**
 * The first to come has a card that is declined: nothing of it may stay. Tells whether cards can be charged at all;
 * a server without keys for Stripe says so, and the shop has to stay closed.
 */
export async function tryCards({ send, cast, shop, tally }: Stage): Promise<boolean> {
  const settled = await submit(
    send,
    checkout(shop, cast.thrifty, { product: shop.tea, quantity: 1, card: cards.declined }),
  );
  tally.settled('a card that is declined', settled, 'payment_failed');
  return settled.operation.rejection?.details.declineCode !== 'payments_not_configured';
}

/** Buys, and has every third purchase refunded: in full with the goods coming back, or in part. */
function purchase(customer: Person, n: number): Act {
  return async (stage) => {
    const { cast, shop, tally } = stage;
    const quantity = 1 + (n % 3);
    const basket = { product: shop.tea, quantity };
    const bought = await perform(stage, checkout(shop, customer, basket), {
      what: 'a checkout',
      expected: 'succeeded',
    });
    const outcome = outcomeOf(bought, paid);
    if (outcome === null) return;
    const { totalMinor, orderId } = outcome;
    if (totalMinor !== quantity * shop.tea.priceMinor) tally.surprise(`order ${orderId} came to ${totalMinor}`);
    if (n % 3 !== 0) return;

    const isInFull = n % 2 === 0;
    const wanted = isInFull ? { returnItems: [{ productId: shop.tea.id, quantity }] } : { amountMinor: 1_000 };
    const back = await perform(stage, refund(cast, orderId, wanted), { what: 'a refund', expected: 'succeeded' });
    const amount = isInFull ? totalMinor : 1_000;
    const { refundedMinor } = outcomeOf(back, refunded) ?? { refundedMinor: 0 };
    if (refundedMinor !== amount) tally.surprise(`order ${orderId} was refunded ${refundedMinor}, expected ${amount}`);
    if (!isInFull || n % 12 !== 0) return;
    await perform(stage, refund(cast, orderId, {}), { what: 'a second refund', expected: 'not_refundable' });
  };
}

function poorInPoints(customer: Person): Act {
  return async (stage) => {
    const basket = { product: stage.shop.tea, quantity: 1, redeemPoints: 40 };
    await perform(stage, checkout(stage.shop, customer, basket), {
      what: 'points that nobody has',
      expected: 'insufficient_points',
    });
  };
}

/** Everybody wants the last piece at the same moment. */
function race(customers: readonly Person[]): Act {
  return async (stage) => {
    const { shop } = stage;
    const requests = customers.map((customer) => checkout(shop, customer, { product: shop.rarity, quantity: 1 }));
    await performOneOf(stage, requests, { what: 'a race for the last piece', otherwise: 'out_of_stock' });
  };
}

/** The same points, five times at once: one checkout has them. */
function samePoints(customer: Person): Act {
  return async (stage) => {
    const { cast, shop } = stage;
    await perform(stage, pointsGift(cast, shop, customer, givenPoints), { what: 'points', expected: 'succeeded' });
    const basket = { product: shop.tea, quantity: 3, redeemPoints: givenPoints };
    const requests = times(5, () => checkout(shop, customer, basket));
    await performOneOf(stage, requests, { what: 'the same points five times', otherwise: 'insufficient_points' });
  };
}

/** A card that is declined leaves points and stock as they were. */
function declined(customer: Person): Act {
  return async (stage) => {
    const { send, cast, shop, tally } = stage;
    await perform(stage, pointsGift(cast, shop, customer, givenPoints), { what: 'points', expected: 'succeeded' });
    const basket = { product: shop.tea, quantity: 2, redeemPoints: 10, card: cards.declined };
    await perform(stage, checkout(shop, customer, basket), {
      what: 'a card that is declined',
      expected: 'payment_failed',
    });
    const { available } = await readPoints(send, cast, shop, customer);
    if (available !== givenPoints)
      tally.surprise(`after a declined card there are ${available} of ${givenPoints} points`);
  };
}

/** One order from beginning to end, as it is told afterwards. */
export interface Story {
  readonly customer: string;
  readonly bought: z.infer<typeof paid>;
  readonly refund: z.infer<typeof refunded>;
  readonly points: { readonly before: number; readonly afterwards: number };
}

/** Points are redeemed and earned, and come and go with a refund. Null when it did not come so far. */
export async function playStory(stage: Stage): Promise<Story | null> {
  const { send, cast, shop, tally } = stage;
  const customer = at(cast.shoppers, 0);
  await perform(stage, pointsGift(cast, shop, customer, givenPoints), { what: 'points', expected: 'succeeded' });
  const before = (await readPoints(send, cast, shop, customer)).available;
  const basket = { product: shop.tea, quantity: 2, redeemPoints: 50 };
  const checkedOut = await perform(stage, checkout(shop, customer, basket), {
    what: 'a checkout',
    expected: 'succeeded',
  });
  const bought = outcomeOf(checkedOut, paid);
  if (bought === null) return null;

  const earned = Math.floor((bought.totalMinor / 100) * loyalty.pointsPerUnit);
  const balance = before - bought.pointsRedeemed + earned;
  if (bought.pointsBalance !== balance) {
    tally.surprise(`order ${bought.orderId} left ${bought.pointsBalance} points, expected ${balance}`);
  }
  const wanted = { amountMinor: 1_000 };
  const back = await perform(stage, refund(cast, bought.orderId, wanted), { what: 'a refund', expected: 'succeeded' });
  const given = outcomeOf(back, refunded);
  if (given === null) return null;
  const afterwards = (await readPoints(send, cast, shop, customer)).available;
  const expected = balance + given.pointsReturned - given.pointsReversed;
  if (afterwards !== expected) tally.surprise(`after the refund there are ${afterwards} points, expected ${expected}`);
  return { customer: customer.name, bought, refund: given, points: { before, afterwards } };
}

function outcomeOf<Schema extends z.ZodType>({ outcome }: Operation, schema: Schema): z.infer<Schema> | null {
  return schema.safeParse(outcome).data ?? null;
}
