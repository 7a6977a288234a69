import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Book,
  chargeOf,
  checkOut,
  emit,
  type FakeEvent,
  openBook,
  refund,
} from '../../../bin/demo/fake-stripe/book.ts';
import { monthsLater } from '../../../bin/demo/fake-stripe/calendar.ts';
import { type FakeStripe, startFakeStripe } from '../../../bin/demo/fake-stripe/server.ts';
import { advance, cancel, payOpen } from '../../../bin/demo/fake-stripe/subscriptions.ts';
import { retryItem } from '../../../db/reconciliation.ts';
import { runSchedule } from '../../../db/schedules.ts';
import { receiveEvent } from '../../../db/stripe/inbox.ts';
import { actOnPayment, type PaymentAction } from '../../../db/stripe/operator-actions.ts';
import { giveUpWaiting } from '../../../db/stripe/waiting.ts';
import { stripeEvent } from '../../../shared/stripe/event.ts';
import { giveMonthlyParts } from '../../../workers/schedules/give-monthly-parts.ts';
import { applyAll } from '../../support/batches.ts';
import {
  addPeople,
  type Marketplace,
  openMarketplace,
  startTestWorker,
  violations,
} from '../../support/marketplace.ts';
import { addPlans, creditsOf } from '../../support/plans.ts';
import { basic, creditsOfPrices, pack, yearly } from '../../support/stripe-stories.ts';
import { until } from '../../support/until.ts';

/* What happens to events that lack something, that never came, and as time goes by. */

const userId = randomUUID();

async function setup() {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, [userId]);
  await addPlans(marketplace);
  return marketplace;
}

async function receive({ app }: Pick<Marketplace, 'app'>, events: readonly FakeEvent[]): Promise<void> {
  for (const event of events) await receiveEvent(app, stripeEvent.parse(event), { origin: 'webhook', hasMail: false });
}

const named = (book: Book, type: string) => book.events.filter((event) => event.type === type);

async function fake(book: Book): Promise<FakeStripe> {
  const stripe = await startFakeStripe(book);
  onTestFinished(stripe.close);
  return stripe;
}

const settings = ({ url }: FakeStripe) => ({ stripeSecretKey: 'sk_test_1', stripeApiBase: url });

/** As if what waits had been received some time ago. */
async function age({ owner }: Marketplace, seconds: number): Promise<void> {
  await owner.query(`update stripe_events set received_at = received_at - make_interval(secs => $1)`, [seconds]);
}

async function itemsOf({ owner }: Marketplace) {
  const { rows } = await owner.query<{ id: string; subject_id: string; status: string; error: string }>(
    `select id, subject_id, status, error from reconciliation_items where category = 'payment' order by subject_id`,
  );
  return rows;
}

const recently = () => Math.floor(Date.now() / 1_000) - 3_600;

describe('what an event lacks is asked of Stripe', () => {
  it('what was bought in a session, when its event does not say so', async () => {
    const marketplace = await setup();
    const book = openBook('lines', { now: recently() });
    const stripe = await fake(book);
    startTestWorker(marketplace, settings(stripe));
    checkOut(book, { items: [{ price: pack, quantity: 2 }], userId });
    await receive(marketplace, book.events);
    await until('the pack is there', async () => (await creditsOf(marketplace, userId)) === 50);
    expect(stripe.calls.filter((call) => call.endsWith('/line_items'))).toHaveLength(1);
  });

  it('the invoice of a session, when its own event is late', async () => {
    const marketplace = await setup();
    const book = openBook('invoice', { now: recently() });
    checkOut(book, { items: [{ price: basic, quantity: 1 }], userId });
    await receive(marketplace, named(book, 'checkout.session.completed'));
    // Nothing is listed: what the comparison does is another test's.
    const stripe = await fake({ ...book, events: [] });
    startTestWorker(marketplace, settings(stripe));
    await until('the period is there', async () => (await creditsOf(marketplace, userId)) === 10);
    await receive(marketplace, book.events);
    await applyAll(marketplace.app);
    expect(await creditsOf(marketplace, userId)).toBe(10);
    expect(await violations(marketplace)).toEqual({});
  });

  it('whose a subscription is, and what a charge has paid for, through calls that are refused, lost or fail', async () => {
    const marketplace = await setup();
    const book = openBook('charge', { now: recently() });
    const session = checkOut(book, { items: [{ price: basic, quantity: 1 }], metadata: { userId } });
    // Nobody is named in it, and it does not say what it was paid with.
    const bare = named(book, 'invoice.paid').map((event) => ({
      ...event,
      data: { object: { ...event.data.object, parent: null } },
    }));
    refund(book, chargeOf(book, session), 500);
    const stripe = await fake({ ...book, events: [] });
    for (const part of ['/customers', '/subscriptions', '/invoices', '/invoices', '/invoices']) {
      stripe.faults.plan(part, 'rate_limited');
    }
    stripe.faults.plan('/invoice_payments', 'lost');
    await receive(marketplace, [...named(book, 'charge.refunded'), ...bare]);
    startTestWorker(marketplace, settings(stripe));
    await until('half of it is left', async () => {
      const { rows } = await marketplace.owner.query(`select from operations where kind = 'payment.clawback'`);
      return rows.length === 1 && (await creditsOf(marketplace, userId)) === 5;
    });
  });
});

describe('what belongs to nobody known', () => {
  async function withStranger() {
    const marketplace = await setup();
    const book = openBook('stranger', { now: recently() });
    const stranger = randomUUID();
    checkOut(book, { items: [{ price: basic, quantity: 1 }], userId: stranger });
    await receive(marketplace, book.events);
    return { marketplace, book, stranger };
  }

  async function act(marketplace: Marketplace, name: PaymentAction, itemId = '') {
    const result = await actOnPayment(marketplace.app, name, { itemId, by: randomUUID(), note: 'seen' });
    await applyAll(marketplace.app);
    return result;
  }

  it('becomes an item about the object, which a worker opens by itself in time', async () => {
    const { marketplace, book } = await withStranger();
    startTestWorker(marketplace);
    const items = await until(
      'it is asked',
      async () => {
        const found = await itemsOf(marketplace);
        return found.length === 2 && found;
      },
      30_000,
    );
    const [session] = book.sessions.values();
    expect(items.map(({ subject_id: subject }) => subject)).toEqual([session?.id, session?.invoice].sort());
    expect(items[1]?.error).toBe('nobody in the directory is known to have paid this');
  });

  it('waits first: most of what an event lacks comes with the next', async () => {
    const { marketplace } = await withStranger();
    await giveUpWaiting(marketplace.app);
    expect(await itemsOf(marketplace)).toEqual([]);
    await age(marketplace, 16);
    await giveUpWaiting(marketplace.app);
    expect(await itemsOf(marketplace)).toHaveLength(2);
    expect(await violations(marketplace)).toEqual({});
  });

  it('is applied when a person has it tried again after the user is there, and closes all its items', async () => {
    const { marketplace, stranger } = await withStranger();
    await age(marketplace, 16);
    await giveUpWaiting(marketplace.app);
    const [item] = await itemsOf(marketplace);
    await act(marketplace, 'retry', item?.id);
    expect((await itemsOf(marketplace)).map(({ status }) => status)).toEqual(['open', 'open']);

    await addPeople(marketplace, [stranger]);
    const done = await act(marketplace, 'retry', item?.id);
    expect(done).toMatchObject({ status: 'done', wake: { lane: stranger, kind: 'subscription.allocate' } });
    expect(await creditsOf(marketplace, stranger)).toBe(10);
    expect((await itemsOf(marketplace)).map(({ status }) => status)).toEqual(['resolved', 'resolved']);
    expect(await act(marketplace, 'retry', item?.id)).toEqual({ status: 'done', wake: null });
    expect(await creditsOf(marketplace, stranger)).toBe(10);
    expect(await violations(marketplace)).toEqual({});
  });

  it.each(['resolve', 'dismiss'] as const)('%s: what was dealt with by hand is never done again', async (name) => {
    const { marketplace, book, stranger } = await withStranger();
    await age(marketplace, 16);
    await giveUpWaiting(marketplace.app);
    for (const { id } of await itemsOf(marketplace)) await act(marketplace, name, id);
    await addPeople(marketplace, [stranger]);
    const subscription = [...book.subscriptions.values()][0];
    if (subscription !== undefined) cancel(book, subscription, 'at period end');
    await receive(marketplace, book.events);
    await applyAll(marketplace.app);
    expect(await creditsOf(marketplace, stranger)).toBe(0);
    expect(await violations(marketplace)).toEqual({});
  });

  it('is one of ours to act on, and nobody else is: items of operations take the other road', async () => {
    const { marketplace } = await withStranger();
    await age(marketplace, 16);
    await giveUpWaiting(marketplace.app);
    expect(await act(marketplace, 'retry', randomUUID())).toBeNull();
    expect(await retryItem(marketplace.app, { itemId: randomUUID(), by: userId, note: 'x' })).toEqual({
      status: 'not_found',
    });
  });

  it('may be a price without a plan', async () => {
    const marketplace = await setup();
    const book = openBook('price', { now: recently() });
    checkOut(book, { items: [{ price: { ...basic, id: 'price_new' }, quantity: 1 }], userId });
    await receive(marketplace, book.events);
    await age(marketplace, 16);
    await giveUpWaiting(marketplace.app);
    expect((await itemsOf(marketplace)).map(({ error }) => error)).toContain('no plan has the price price_new');
  });
});

describe('events that no webhook has brought', () => {
  it('are listed by Stripe and fed in, page by page; what Stripe does not list is reported', async () => {
    const marketplace = await setup();
    const book = openBook('missed', { now: recently() });
    const stripe = await fake(book);
    for (let n = 0; n < 40; n += 1) checkOut(book, { items: [{ price: basic, quantity: 1 }], userId });
    expect(book.events.length).toBeGreaterThan(200);
    await receive(marketplace, book.events.slice(0, 7));
    const forged = { ...book.events[0], id: 'evt_forged', type: 'customer.updated' };
    await receiveEvent(marketplace.app, stripeEvent.parse(forged), { origin: 'webhook', hasMail: false });
    await age(marketplace, 60);

    startTestWorker(marketplace, settings(stripe));
    const [compared] = await until('it is compared', async () => {
      const { rows } = await marketplace.owner.query<{ listed: number; missing: string[]; unlisted: string[] }>(
        'select listed, missing, unlisted from stripe_comparisons where finished_at is not null',
      );
      return rows.length > 0 && rows;
    });
    expect(compared).toMatchObject({ listed: book.events.length, unlisted: ['evt_forged'] });
    expect(new Set(compared?.missing)).toEqual(new Set(book.events.slice(7).map(({ id }) => id)));
    await until('all is given', async () => (await creditsOf(marketplace, userId)) === 400);
    expect(await violations(marketplace)).toEqual({});
  });
});

describe('a payment that could not be collected', () => {
  async function told({ owner }: Marketplace) {
    const { rows } = await owner.query(`select user_id, status from outbox where type = 'payment_failed'`);
    return rows;
  }

  function refused() {
    const book = openBook('refused', { now: recently() });
    const session = checkOut(book, { items: [{ price: basic, quantity: 1 }], userId });
    const subscription = book.subscriptions.get(session.subscription ?? '');
    if (subscription === undefined) throw new Error('nothing was subscribed to');
    book.refused.add(subscription.id);
    advance(book, subscription.periodEnd);
    return { book, subscription };
  }

  it('is told to whoever was to pay it, once', async () => {
    const marketplace = await setup();
    const { book } = refused();
    await receive(marketplace, book.events);
    await receive(marketplace, book.events);
    expect(await told(marketplace)).toEqual([{ user_id: userId, status: 'skipped' }]);
    const again = { ...named(book, 'invoice.payment_failed')[0], id: 'evt_again' };
    await receiveEvent(marketplace.app, stripeEvent.parse(again), { origin: 'webhook', hasMail: true });
    expect(await told(marketplace)).toHaveLength(1);
  });

  it('is not told any more when it has been paid meanwhile, nor to nobody', async () => {
    const marketplace = await setup();
    const { book, subscription } = refused();
    payOpen(book, subscription);
    await receive(marketplace, book.events.toReversed());
    expect(await told(marketplace)).toEqual([]);
    const stranger = openBook('stranger', { now: recently() });
    emit(stranger, 'invoice.payment_failed', { id: 'in_stranger', object: 'invoice', attempt_count: 1 });
    await receive(marketplace, stranger.events);
    expect(await told(marketplace)).toEqual([]);
  });
});

describe('a year whose credits come month by month', () => {
  async function oneYear() {
    const marketplace = await setup();
    const book = openBook('year', { now: Date.UTC(2024, 0, 31, 10) / 1_000 });
    const session = checkOut(book, { items: [{ price: yearly, quantity: 1 }], userId });
    await receive(marketplace, book.events);
    await applyAll(marketplace.app);
    return { marketplace, book, session };
  }

  async function due({ owner }: Marketplace): Promise<string | undefined> {
    const { rows } = await owner.query<{ due: Date | null }>('select next_part_at as due from stripe_purchases');
    return rows[0]?.due?.toISOString();
  }

  const giveNext = async ({ app }: Marketplace) => {
    const given = await runSchedule(app, giveMonthlyParts);
    await applyAll(app);
    return given?.length;
  };

  it('gets each part on its day, also at the ends of months, and all of them in the end', async () => {
    const { marketplace } = await oneYear();
    expect(await creditsOf(marketplace, userId)).toBe(10);
    const days: (string | undefined)[] = [];
    for (let part = 1; part < 12; part += 1) {
      days.push((await due(marketplace))?.slice(0, 10));
      expect(await giveNext(marketplace)).toBe(1);
    }
    expect(days.slice(0, 4)).toEqual(['2024-02-29', '2024-03-31', '2024-04-30', '2024-05-31']);
    expect(await due(marketplace)).toBeUndefined();
    expect(await giveNext(marketplace)).toBe(0);
    expect(await creditsOf(marketplace, userId)).toBe(creditsOfPrices.price_yearly);
    expect(await violations(marketplace)).toEqual({});
  });

  it('gets no part before its day, nor twice', async () => {
    const { marketplace } = await oneYear();
    await marketplace.owner.query(`update stripe_purchases set next_part_at = now() + interval '1 minute'`);
    expect(await giveNext(marketplace)).toBe(0);
    await marketplace.owner.query(
      `update stripe_purchases set next_part_at = now(), period_start = now() - interval '1 month'`,
    );
    await Promise.all([1, 2, 3].map(() => runSchedule(marketplace.app, giveMonthlyParts)));
    await applyAll(marketplace.app);
    expect(await creditsOf(marketplace, userId)).toBe(20);
  });

  it('gets no more once its subscription has ended', async () => {
    const { marketplace, book } = await oneYear();
    const [subscription] = book.subscriptions.values();
    advance(book, monthsLater(book.now, 1));
    if (subscription !== undefined) cancel(book, subscription, 'now');
    await receive(marketplace, book.events);
    expect(await giveNext(marketplace)).toBe(0);
    expect(await due(marketplace)).toBeUndefined();
    expect(await violations(marketplace)).toEqual({});
  });

  it('gets what a partial refund leaves of it, and no more', async () => {
    const { marketplace, book, session } = await oneYear();
    refund(book, chargeOf(book, session), 9_000);
    await receive(marketplace, book.events);
    for (let part = 1; part < 12; part += 1) await giveNext(marketplace);
    expect(await creditsOf(marketplace, userId)).toBe(125 - Math.floor((125 * 9_000) / 12_000));
    expect(await violations(marketplace)).toEqual({});
  });
});
