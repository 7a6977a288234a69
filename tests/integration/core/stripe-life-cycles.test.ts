import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { chargeOf, checkOut, type FakeEvent, openBook, refund } from '../../../bin/demo/fake-stripe/book.ts';
import { receiveEvent } from '../../../db/stripe/inbox.ts';
import { stripeEvent } from '../../../shared/stripe/event.ts';
import { applyAll } from '../../support/batches.ts';
import { type Chance, chanceOf, printedSeed } from '../../support/chance.ts';
import { addPeople, type Marketplace, openMarketplace, violations } from '../../support/marketplace.ts';
import { addPlans, creditsOf } from '../../support/plans.ts';
import { basic, type Story, stories, storiesOfPacks } from '../../support/stripe-stories.ts';

/*
 * Life cycles of payments: however their events are shuffled and repeated, their payer has the same in the end (000-18 to
 * 000-21, 000-37). No API of Stripe is asked: what the events say is enough.
 */

/** As Stripe has written them, and as often; with further orders at random. */
const ordersPerStory = 16;

let marketplace: Marketplace;
let chance: Chance;

beforeEach(async () => {
  chance = chanceOf(printedSeed());
  marketplace = await openMarketplace();
  await addPlans(marketplace);
});

async function receive(events: readonly FakeEvent[]): Promise<void> {
  for (const event of events)
    await receiveEvent(marketplace.app, stripeEvent.parse(event), { origin: 'webhook', hasMail: false });
}

/** Every event, some of them more than once, in any order. */
function shuffled(events: readonly FakeEvent[]): FakeEvent[] {
  const left = [...events, ...events.filter(() => chance.whole(1, 3) === 1)];
  const order: FakeEvent[] = [];
  while (left.length > 0) order.push(...left.splice(chance.whole(0, left.length - 1), 1));
  return order;
}

interface Telling {
  readonly userId: string;
  readonly expected: number;
  readonly order: string;
}

/** Lets a story happen anew, and its events arrive in some order. */
async function tell({ happen }: Story, nth: number, withLines: boolean): Promise<Telling> {
  const userId = randomUUID();
  await addPeople(marketplace, [userId]);
  const book = openBook(`${nth}x`, { shape: nth % 2 === 0 ? 'new' : 'old', withLines: withLines || nth % 3 === 0 });
  const expected = happen(book, userId);
  const events = nth < 2 ? book.events : shuffled(book.events);
  await receive(events);
  return { userId, expected, order: `${nth}: ${events.map(({ type }) => type).join(', ')}` };
}

async function expectSame(tellings: readonly Telling[]): Promise<void> {
  await applyAll(marketplace.app);
  const ends = await Promise.all(
    tellings.map(async ({ userId, order }) => [order, await creditsOf(marketplace, userId)]),
  );
  expect(ends).toEqual(tellings.map(({ order, expected }) => [order, expected]));
  const { rows } = await marketplace.owner.query(
    `select type, lacks from stripe_events where status not in ('settled', 'ignored')`,
  );
  expect(rows).toEqual([]);
  expect(await violations(marketplace)).toEqual({});
}

const all = [
  ...stories.map((story) => ({ ...story, withLines: false })),
  ...storiesOfPacks.map((story) => ({ ...story, withLines: true })),
];

/** Every order of a list. */
function* ordersOf<Thing>(things: readonly Thing[]): Generator<Thing[]> {
  if (things.length === 0) yield [];
  for (const [position, first] of things.entries()) {
    for (const rest of ordersOf(things.toSpliced(position, 1))) yield [first, ...rest];
  }
}

/** A payment that is told of five times: by its session, twice by its invoice, and by two refunds. */
const refundedTwice: Story = {
  name: 'a first period, refunded twice',
  happen: (book, userId) => {
    const session = checkOut(book, { items: [{ price: basic, quantity: 3 }], userId });
    const charged = chargeOf(book, session);
    refund(book, charged, 1_000);
    refund(book, charged, 700);
    return 30 - Math.floor((30 * 1_700) / 3_000);
  },
};

it('ends the same in all 120 orders of five events', async () => {
  const orders = [...ordersOf([0, 1, 2, 3, 4])];
  const tellings: Telling[] = [];
  for (const [nth, order] of orders.entries()) {
    const userId = randomUUID();
    await addPeople(marketplace, [userId]);
    const book = openBook(`${nth}y`, { shape: 'old', withLines: nth % 2 === 0 });
    const expected = refundedTwice.happen(book, userId);
    const matter = book.events.filter(({ type }) => !type.startsWith('customer'));
    expect(matter).toHaveLength(order.length);
    await receive(order.flatMap((position) => matter[position] ?? []));
    tellings.push({ userId, expected, order: order.join(' ') });
  }
  await expectSame(tellings);
});

describe.each(all)('$name', (story) => {
  it('ends the same in every order', async () => {
    const tellings: Telling[] = [];
    for (let nth = 0; nth < ordersPerStory; nth += 1) tellings.push(await tell(story, nth, story.withLines));
    await expectSame(tellings);
  });
});
