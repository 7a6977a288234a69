import fc from 'fast-check';
import { expect, it } from 'vitest';
import { house } from '../../shared/domain/accounts.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { pendingOf } from '../../shared/domain/lots.ts';
import { pointsOf } from '../../shared/domain/shop.ts';
import { idOf } from '../support/builders.ts';
import { holdMs, purseOf } from './naive-shop.ts';
import { aStep, carryOut, customers, open, products, type Run, vendors } from './shop-steps.ts';

/*
 * Few customers, two vendors, few pieces of few products, and a clock that jumps: whatever people, the card network and
 * time do, after each step the answer, the points, the stock and the orders are those of the naive model (004-05…25).
 */

const pairs = customers.flatMap((customer) => vendors.map((vendor) => ({ customer, vendor })));

/** The tables, in the words of the model. */
function tablesOf({ world, model: { at }, told }: Run) {
  const lotsOf = (id: Uuid) => [...world.lots.values()].filter(({ accountId }) => accountId === id);
  return {
    points: pairs.map(({ customer, vendor }) => {
      const id = pointsOf({ customerId: idOf(customer), vendorId: idOf(vendor) });
      const { balance, held, debt } = world.accounts.get(id) ?? { balance: 0, held: 0, debt: 0 };
      const pending = pendingOf(lotsOf(id), at);
      return { free: balance - held - pending, pending, held, debt };
    }),
    stock: products.map((name) => world.products.get(idOf(name))?.available),
    orders: [...world.orders.values()].map((order) => ({
      id: order.id,
      status: order.status,
      loyalty: order.loyalty,
      earned: order.pointsEarned,
      refunded: order.refundedMinor,
      until: order.reservedUntil,
      items: order.items.map(({ stock, returned }) => [stock, returned]),
      told: told.get(order.id),
    })),
  };
}

function tablesIn({ model }: Run): ReturnType<typeof tablesOf> {
  const words = { kept: 'reserved', sold: 'sold', back: 'released' } as const;
  return {
    points: pairs.map(({ customer, vendor }) => {
      const { free, debt, pending } = purseOf(model, customer, vendor);
      const own = model.orders.filter((order) => order.customer === customer && order.vendor === vendor && order.held);
      const held = own.reduce((sum, { redeemed }) => sum + redeemed, 0);
      return { free, pending: pending.reduce((sum, { left }) => sum + left, 0), held, debt };
    }),
    stock: products.map((name) => model.products[name]?.available),
    orders: model.orders.map(({ id, status, loyalty, earned, refunded, until, items, told }) => ({
      id,
      status,
      loyalty,
      earned,
      refunded,
      until,
      items: items.map(({ stock, returned }) => [words[stock], returned]),
      told,
    })),
  };
}

function debtsIn({ world }: Pick<Run, 'world'>): number {
  return [...world.accounts.values()].reduce((sum, { debt }) => sum + debt, 0);
}

/** What must be true whatever has happened. */
function violationsIn({ world, model }: Run): string[] {
  const found: string[] = [];
  for (const [name, { total }] of Object.entries(model.products)) {
    const { available = 0, reserved = 0, sold = 0 } = world.products.get(idOf(name)) ?? {};
    if (Math.min(available, reserved, sold) < 0) found.push(`${name}: ${available}, ${reserved}, ${sold}`);
    if (available + reserved + sold !== total) found.push(`${available} + ${reserved} + ${sold} of ${total} ${name}`);
  }
  const sums = new Map<Uuid, number>();
  for (const { debit, credit, amount } of world.transfers) {
    sums.set(debit, (sums.get(debit) ?? 0) - amount);
    sums.set(credit, (sums.get(credit) ?? 0) + amount);
  }
  if ([...sums.values()].reduce((sum, each) => sum + each, 0) !== 0) found.push('points do not sum to zero');
  if (-(sums.get(house.pointsAdvances) ?? 0) !== debtsIn({ world })) found.push('debts are not what was advanced');
  for (const { id, balance, held, debt } of world.accounts.values()) {
    if (balance !== (sums.get(id) ?? 0)) found.push(`${id} has ${balance}, its transfers ${sums.get(id)}`);
    if (held < 0 || held > balance || debt < 0) found.push(`${id} holds ${held} of ${balance} and owes ${debt}`);
  }
  return found;
}

it('gives the answers, the points and the stock of the naive model, and keeps every invariant, after every step', () => {
  const heard = new Set<string>();
  const judge = (parameters: fc.Parameters<unknown>) =>
    fc.assert(
      fc.property(fc.array(aStep, { minLength: 20, maxLength: 80, size: 'max' }), (steps) => {
        const run = open();
        steps.forEach(({ waitMs, what }, index) => {
          run.model.at += waitMs;
          const owed = debtsIn(run);
          const [said, expected] = carryOut(run, idOf(`step ${index}`), what);
          expect(said).toEqual(expected);
          expect(tablesOf(run)).toEqual(tablesIn(run));
          expect(violationsIn(run)).toEqual([]);
          heard.add(`${what.do} ${said}`);
          if (debtsIn(run) !== owed) heard.add(debtsIn(run) > owed ? 'debt' : 'repaid');
        });
      }),
      parameters,
    );

  judge({ numRuns: 250 });
  // What has to have happened is asked of the same histories every time.
  heard.clear();
  judge({ numRuns: 600, seed: 1 });
  const checkouts = ['awaiting', 'applied', 'product_not_found', 'out_of_stock', 'insufficient_points'];
  const expected = [
    ...[...checkouts, 'points_exceed_total'].map((code) => `checkout ${code}`),
    ...['paid', 'refunded', 'already'].map((settled) => `pay ${settled}`),
    ...[
      'apply applied',
      'apply deferred',
      'decline true',
      'expire true',
      'expire false',
      'close true',
      'again awaiting',
    ],
    ...[
      'refund awaiting',
      'refund not_refundable',
      'settleRefund true',
      'refundElsewhere applied',
      'refundElsewhere not_refundable',
      'refundElsewhere deferred',
      'adjust insufficient_points',
      'debt',
      'repaid',
    ],
  ];
  expect(expected.filter((each) => !heard.has(each))).toEqual([]);
});

const answers = ['api', 'webhook', 'expiry'] as const;
const orders = answers.flatMap((first) =>
  answers.flatMap((second) => answers.flatMap((third) => answers.map((fourth) => [first, second, third, fourth]))),
);

/** A checkout of two pieces of tea for four points, before anything is known of its payment. */
function aCheckout(): { readonly run: Run; readonly id: Uuid } {
  const run = open();
  const id = idOf('checkout');
  const wanted = { lines: [{ product: 'tea', quantity: 2 }], redeem: 4, isElsewhere: false };
  carryOut(run, idOf('gift'), { do: 'adjust', customer: 'ann', vendor: 'corner', amount: 20 });
  carryOut(run, id, { do: 'checkout', customer: 'ann', vendor: 'corner', ...wanted });
  return { run, id };
}

/** What answer and webhook record goes by the same ids; that deciders see it twice, no acceptance would allow. */
function hear(run: Run, said: 'pay' | 'decline', events: readonly string[], isReduced = false): void {
  events.forEach((event, position) => {
    if (event === 'expiry') run.model.at += holdMs;
    const id = idOf(`${event} ${position}`);
    if (event === 'expiry') carryOut(run, id, { do: 'expire', nth: 0 });
    else if (said === 'decline') carryOut(run, id, { do: 'decline', nth: 0 });
    else carryOut(run, id, { do: 'pay', nth: 0, isReduced });
    if (event !== 'expiry' && said === 'pay') carryOut(run, idOf(`points ${position}`), { do: 'apply', nth: 0 });
    expect(tablesOf(run)).toEqual(tablesIn(run));
    expect(violationsIn(run)).toEqual([]);
  });
}

it.each(orders.map((events) => [events.join(', '), events] as const))(
  'ends in the same state after %s',
  (_, events) => {
    const isPaid = events.some((event) => event !== 'expiry');
    for (const isReduced of [false, true]) {
      const { run, id } = aCheckout();
      hear(run, 'pay', events, isReduced);
      expect(run.world.orders.get(id)?.status).toBe(isPaid ? 'paid' : 'payment_failed');
      // 20 - 4, and 18 for what was paid.
      expect(tablesOf(run).points[0]).toEqual({ free: isPaid ? 34 : 20, pending: 0, held: 0, debt: 0 });
      expect(tablesOf(run).stock[0]).toBe(isPaid ? 3 : 5);
      expect(run.told.get(id)).toBe(events[0] === 'expiry' ? 'rejected' : 'succeeded');
    }

    const declined = aCheckout();
    hear(declined.run, 'decline', events);
    expect(declined.run.world.orders.get(declined.id)?.status).toBe('payment_failed');
    expect(tablesOf(declined.run).points[0]).toEqual({ free: 20, pending: 0, held: 0, debt: 0 });
    expect(tablesOf(declined.run).stock[0]).toBe(5);
    expect(declined.run.told.get(declined.id)).toBe('rejected');
  },
);
