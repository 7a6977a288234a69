import fc from 'fast-check';
import { scheduledIdOf, type Uuid } from '../../shared/domain/ids.ts';
import { DeferredError, decideBatch } from '../../shared/operations/decide-batch.ts';
import { kindsByName, operations } from '../../shared/operations/registry.ts';
import { aPerson, codeOf, hourMs, idOf, now } from '../support/builders.ts';
import { aProduct, aVendor } from '../support/shop-builders.ts';
import { aWorld, load, type World, write } from '../support/world.ts';
import { refund, refundElsewhere, settleRefund } from './naive-refunds.ts';
import {
  adjust,
  applyPoints,
  checkOut,
  checkOutAgain,
  holdMs,
  type NaiveBasket,
  type NaiveOrder,
  type NaiveShops,
  pay,
  pointsFor,
  release,
} from './naive-shop.ts';

/*
 * What people, the card network and time do in a small shop, done in the tables and in the naive model.
 */

const kinds = kindsByName(operations);
export const customers = ['ann', 'ben'];
export const vendors = ['corner', 'market'] as const;
const catalogue = { tea: 'corner', cake: 'corner', soap: 'market', rope: 'market' } as const;
export const products = Object.keys(catalogue);

const line = fc.record({ product: fc.constantFrom(...products), quantity: fc.integer({ min: 1, max: 3 }) });
const lines = (minLength: number) =>
  fc.uniqueArray(line, { minLength, maxLength: 2, selector: ({ product }) => product });
/** Mostly one, so that something comes together. */
const customer = fc.oneof({ weight: 4, arbitrary: fc.constant('ann') }, fc.constantFrom(...customers));
const nth = fc.nat({ max: 3 });
const of = <Deed extends string>(...deeds: Deed[]) => ({ do: fc.constantFrom(...deeds) });

export const aStep = fc.record({
  waitMs: fc.constantFrom(0, 0, 60_000, holdMs - 60_000, holdMs, 25 * hourMs),
  what: fc.oneof(
    { weight: 1, arbitrary: fc.record({ ...of('stock'), product: fc.constantFrom(...products), pieces: fc.nat(6) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        ...of('adjust'),
        customer,
        vendor: fc.constantFrom(...vendors),
        amount: fc.oneof(
          fc.integer({ min: -30, max: 40 }).filter((amount) => amount !== 0),
          fc.constant('nothing left' as const),
        ),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        ...of('checkout'),
        customer,
        vendor: fc.constantFrom(...vendors),
        lines: lines(1),
        isElsewhere: fc.integer({ min: 1, max: 12 }).map((roll) => roll === 1),
        redeem: fc.oneof(fc.constant(0), fc.nat({ max: 40 }), fc.constant('all' as const)),
      }),
    },
    { weight: 5, arbitrary: fc.record({ ...of('pay'), nth, isReduced: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ ...of('apply'), nth }) },
    { weight: 2, arbitrary: fc.record({ ...of('decline', 'expire'), nth }) },
    { weight: 1, arbitrary: fc.record({ ...of('close', 'again'), nth }) },
    {
      weight: 4,
      arbitrary: fc.record({
        ...of('refund'),
        nth,
        amount: fc.option(fc.integer({ min: 1, max: 400 })),
        returns: lines(0),
      }),
    },
    { weight: 4, arbitrary: fc.record({ ...of('settleRefund'), nth, isRefused: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ ...of('refundElsewhere'), nth, more: fc.integer({ min: -50, max: 300 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ ...of('switch'), vendor: fc.constantFrom(...vendors), enabled: fc.boolean() }),
    },
  ),
});

export type What = (typeof aStep extends fc.Arbitrary<infer Step> ? Step : never)['what'];

export interface Run {
  readonly world: World;
  readonly model: NaiveShops;
  /** What callers of checkouts have been told. */
  readonly told: Map<Uuid, string>;
}

export function open(): Run {
  const model: NaiveShops = {
    vendors: {
      corner: { enabled: true, perUnit: 30, pointValue: 10, pendingMs: 0, bonus: 0 },
      market: { enabled: true, perUnit: 3, pointValue: 25, pendingMs: 24 * hourMs, bonus: 7 },
    },
    products: Object.fromEntries(
      Object.entries(catalogue).map(([name, vendor], index) => [
        name,
        { vendor, price: 50 + 75 * index, available: 5, total: 5 },
      ]),
    ),
    purses: {},
    orders: [],
    at: now,
  };
  const rules = { corner: { pendingDays: 0, firstOrderBonus: 0 }, market: { pendingDays: 1, firstOrderBonus: 7 } };
  const vendors = Object.entries(rules).map(([name, own]) => {
    const { perUnit = 0, pointValue: pointValueMinor = 0 } = model.vendors[name] ?? {};
    return aVendor({ id: idOf(name), loyalty: { perUnitE4: perUnit * 10_000, pointValueMinor, ...own } });
  });
  const sold = Object.entries(model.products).map(([name, { vendor, price: priceMinor, available }]) =>
    aProduct({ id: idOf(name), vendorId: idOf(vendor), priceMinor, available }),
  );
  const people = customers.map((name) => aPerson({ id: idOf(name) }));
  return { world: aWorld({ people, vendors, products: sold }), model, told: new Map() };
}

/** Loads, decides and writes one operation; what it has come to. */
export function submit(
  { world, model: { at }, told }: Run,
  id: Uuid,
  kind: string,
  payload: object,
  isReduced = false,
) {
  const caller = { id: idOf('ada'), roles: ['admin' as const] };
  const prepared = kinds.get(kind)?.prepare({ id, caller, userId: idOf('ada'), at, payload }, isReduced);
  if (prepared === undefined) throw new Error(`no kind ${kind}`);
  try {
    const { decided, changes } = decideBatch(load(world, [prepared.footprint]), [prepared]);
    write(world, changes);
    for (const [operation, { status }] of changes.ofShops.finished) {
      if (told.get(operation) === 'processing') told.set(operation, status);
    }
    const [decision] = decided.map((one) => one.decision);
    if (decision?.status !== 'applied') return { code: decision === undefined ? '' : codeOf(decision), outcome: {} };
    return { code: decision.isAwaiting === true ? 'awaiting' : 'applied', outcome: decision.outcome };
  } catch (error) {
    if (error instanceof DeferredError) return { code: 'deferred', outcome: {} };
    throw error;
  }
}

const inIds = (some: readonly { readonly product: string; readonly quantity: number }[]) =>
  some.map(({ product, quantity }) => ({ productId: idOf(product), quantity }));

function putStock({ world, model }: Run, name: string, pieces: number): void {
  const product = model.products[name];
  const row = world.products.get(idOf(name));
  if (product === undefined || row === undefined) return;
  product.total += pieces - product.available;
  product.available = pieces;
  world.products.set(row.id, { ...row, available: pieces });
}

function switchPoints({ world, model }: Run, name: string, enabled: boolean): void {
  const [vendor, row] = [model.vendors[name], world.vendors.get(idOf(name))];
  if (vendor === undefined || row === undefined) return;
  vendor.enabled = enabled;
  world.vendors.set(row.id, { ...row, loyalty: { ...row.loyalty, enabled } });
}

/** Does a step in both; what both say that it has come to. */
export function carryOut(run: Run, id: Uuid, what: What): [said: unknown, expected: unknown] {
  const { model } = run;
  if (what.do === 'stock') return [putStock(run, what.product, what.pieces), undefined];
  if (what.do === 'switch') return [switchPoints(run, what.vendor, what.enabled), undefined];
  if (what.do === 'adjust') {
    const { customer, vendor } = what;
    const amount = what.amount === 'nothing left' ? -pointsFor(model, customer, vendor) : what.amount;
    if (amount === 0) return [0, 0];
    const payload = { userId: idOf(customer), vendorId: idOf(vendor), amount, note: 'because' };
    return [submit(run, id, 'points.adjust', payload).code, adjust(model, customer, vendor, amount)];
  }
  if (what.do === 'checkout') {
    const basket = basketOf(run, id, what);
    const { customer, vendor, redeem: redeemPoints } = basket;
    const parties = { customerId: idOf(customer), vendorId: idOf(vendor) };
    const payload = { ...parties, items: inIds(basket.lines), redeemPoints, paymentMethod: 'pm_1' };
    const { code } = submit(run, id, 'checkout.create', payload);
    run.told.set(id, told(code));
    return [code, checkOut(model, basket)];
  }
  const fitting = model.orders.filter((order) => fits(order, what.do));
  const order = (fitting.length === 0 ? model.orders : fitting).at(-1 - what.nth) ?? model.orders.at(-1);
  return order === undefined ? [0, 0] : aboutOrder(run, id, what, order);
}

const told = (code: string) => (code === 'awaiting' ? 'processing' : code === 'applied' ? 'succeeded' : 'rejected');

/** Mostly of the vendor's own products; 'all' is as many points as take the whole price off, or nearly. */
function basketOf({ model }: Run, id: Uuid, what: Extract<What, { do: 'checkout' }>): NaiveBasket {
  const { customer, vendor, isElsewhere } = what;
  const own = products.filter((name) => model.products[name]?.vendor === vendor);
  const at = (name: string) => own[products.indexOf(name) % own.length] ?? name;
  const chosen = isElsewhere ? what.lines : what.lines.map((one) => ({ ...one, product: at(one.product) }));
  const distinct = chosen.filter(({ product }, index) => chosen.findIndex((one) => one.product === product) === index);
  const price = distinct.reduce((sum, one) => sum + (model.products[one.product]?.price ?? 0) * one.quantity, 0);
  const whole = Math.floor(price / (model.vendors[vendor]?.pointValue ?? 1));
  return { id, customer, vendor, lines: distinct, redeem: what.redeem === 'all' ? whole : what.redeem };
}

/** Orders that a deed does something to, mostly. */
function fits({ status, loyalty, refunds }: NaiveOrder, deed: What['do']): boolean {
  if (deed === 'pay') return status === 'awaiting_payment' || status === 'payment_failed';
  if (deed === 'decline' || deed === 'expire') return status === 'awaiting_payment';
  if (deed === 'apply') return loyalty === 'due';
  if (deed === 'refund' || deed === 'refundElsewhere') return status === 'paid' || status === 'partially_refunded';
  return deed !== 'settleRefund' || refunds.some(({ state }) => state === 'pending');
}

type AboutOrder = Extract<What, { readonly nth: number }>;

const reasons = { decline: 'declined', expire: 'expired', close: 'closed' } as const;

function aboutOrder(run: Run, id: Uuid, what: AboutOrder, order: NaiveOrder): [said: unknown, expected: unknown] {
  const { model } = run;
  const customerId = idOf(order.customer);
  const parties = { orderId: order.id, customerId };
  switch (what.do) {
    case 'pay': {
      const paid = { ...parties, paymentIntentId: 'pi_1' };
      const paying = scheduledIdOf('checkout.settle', order.id);
      const { outcome } = submit(run, paying, 'checkout.settle', paid, what.isReduced);
      return [outcome.settled, pay(model, order, what.isReduced)];
    }
    case 'apply': {
      const points = { vendorId: idOf(order.vendor), pointsEarned: 0, pointsRedeemed: 0 };
      const applying = scheduledIdOf('loyalty.apply', order.id);
      return [submit(run, applying, 'loyalty.apply', { ...parties, ...points }).code, applyPoints(model, order)];
    }
    case 'decline':
    case 'expire':
    case 'close': {
      const reason = reasons[what.do];
      const { outcome } = submit(run, id, 'checkout.release', { ...parties, reason, declineCode: reason });
      return [outcome.released, release(model, order, reason)];
    }
    case 'again': {
      const asked = run.world.orders.get(order.id);
      const payload = { ...parties, vendorId: idOf(order.vendor), items: inIds(order.items), paymentMethod: 'pm_1' };
      if (asked === undefined) return [0, 0];
      const { orderId: _, ...wanted } = { ...payload, redeemPoints: order.redeemed };
      return [submit(run, order.id, 'checkout.create', wanted).code, checkOutAgain(model, order)];
    }
    case 'refund': {
      const { amount, returns } = what;
      const wanted = {
        orderId: order.id,
        ...(amount === null ? {} : { amountMinor: amount }),
        ...(returns.length === 0 ? {} : { returnItems: inIds(returns) }),
      };
      return [submit(run, id, 'order.refund', wanted).code, refund(model, order, { id, amount, returns })];
    }
    case 'refundElsewhere': {
      const alive = order.refunds.filter(({ state }) => state !== 'failed');
      const known = alive.reduce((sum, { amount }) => sum + amount, 0);
      const total = { charge: 'ch_1', refundedMinor: Math.max(0, known + what.more) };
      return [
        submit(run, id, 'refund.record', { ...parties, ...total }).code,
        refundElsewhere(model, order, id, what.more),
      ];
    }
    case 'settleRefund': {
      const [refundId = id] = order.refunds.filter(({ state }) => state === 'pending').map((one) => one.id);
      const payload = { ...parties, refundId, refused: what.isRefused ? 'charge_disputed' : null };
      const { outcome } = submit(run, idOf(`${id} settled`), 'refund.settle', payload);
      return [outcome.settled, settleRefund(model, order, refundId, what.isRefused)];
    }
  }
}
