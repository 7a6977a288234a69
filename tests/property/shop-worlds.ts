import fc from 'fast-check';
import { scheduledIdOf, type Uuid } from '../../shared/domain/ids.ts';
import type { Lot } from '../../shared/domain/lots.ts';
import {
  type LoyaltyRules,
  type Order,
  type OrderItem,
  type OrderRefund,
  type Product,
  pointsOf,
  type Vendor,
} from '../../shared/domain/shop.ts';
import type { Account } from '../../shared/domain/state.ts';
import { hourMs, idOf, minuteMs } from '../support/builders.ts';

/*
 * Any tables of shops that the database would accept: what orders have of stock, points and lots is there.
 */

/** The night in which Berlin's clocks go back. */
export const around = Date.UTC(2026, 9, 25, 1);

export const people = ['ann', 'ben', 'cat', 'dan', 'eve'];

/** One order has the id that every command of the laws has: a checkout that is applied again. */
export const shopPool = {
  vendors: ['corner', 'market'].map(idOf),
  products: ['tea', 'cake', 'soap'].map(idOf),
  orders: ['operation', 'basket', 'parcel', 'box'].map(idOf),
  refunds: ['operation', 'money back'].map(idOf),
};

export interface ShopRows {
  readonly vendors: readonly Vendor[];
  readonly products: readonly Product[];
  readonly orders: readonly Order[];
  readonly accounts: readonly Account[];
  readonly lots: readonly Lot[];
}

const anInstant = fc.integer({ min: -20, max: 20 }).map((quarters) => around + quarters * 15 * minuteMs);

const rules: fc.Arbitrary<LoyaltyRules> = fc.record({
  version: fc.constantFrom(1, 2),
  enabled: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
  perUnitE4: fc.nat({ max: 200_000 }),
  pointValueMinor: fc.integer({ min: 1, max: 100 }),
  pendingDays: fc.constantFrom(0, 14),
  expiresAfterDays: fc.constantFrom(null, 1, 365),
  firstOrderBonus: fc.constantFrom(0, 50),
  tiers: fc.constantFrom([], [{ name: 'gold', fromPoints: 0, earnPercent: 150 }]),
});

function vendor(id: Uuid): fc.Arbitrary<Vendor> {
  const ownerId = fc.constantFrom(...people.map(idOf));
  return fc.record({ id: fc.constant(id), name: fc.constant('Shop'), ownerId, loyalty: rules });
}

const stages = ['awaiting', 'failed', 'due', 'settled', 'dropped'] as const;
const percent = fc.nat({ max: 100 });

const anOrder = fc.record({
  stage: fc.constantFrom(...stages),
  customerId: fc.constantFrom(...people.map(idOf)),
  vendorId: fc.constantFrom(...shopPool.vendors),
  quantities: fc.uniqueArray(fc.tuple(fc.constantFrom(...shopPool.products), fc.integer({ min: 1, max: 5 })), {
    minLength: 1,
    selector: ([productId]) => productId,
  }),
  totalMinor: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9_999 })),
  discountMinor: fc.nat({ max: 500 }),
  pointsRedeemed: fc.nat({ max: 40 }),
  pointsEarned: fc.nat({ max: 40 }),
  fromLots: percent,
  refunded: fc.oneof(fc.constant(0), fc.constant(100), percent),
  asked: percent,
  isLost: fc.boolean(),
  reservedUntil: fc.option(anInstant),
  rules,
});

type Drawn = typeof anOrder extends fc.Arbitrary<infer Value> ? Value : never;

const share = (amount: number, ofHundred: number) => Math.floor((amount * ofHundred) / 100);

function orderOf(id: Uuid, drawn: Drawn): Order {
  const { stage, totalMinor, discountMinor, customerId, vendorId, pointsRedeemed, isLost } = drawn;
  const isPaid = stage === 'due' || stage === 'settled' || stage === 'dropped';
  const refundedMinor = stage === 'due' || !isPaid ? 0 : share(totalMinor, drawn.refunded);
  const returned = stage === 'settled' && totalMinor > 0 ? share(pointsRedeemed, drawn.refunded) : 0;
  const reversed = stage === 'settled' && totalMinor > 0 ? share(drawn.pointsEarned, drawn.refunded) : 0;
  const fromLots = share(pointsRedeemed - returned, drawn.fromLots);
  return {
    id,
    customerId,
    vendorId,
    status: statusOf(drawn, refundedMinor),
    items: drawn.quantities.map(([productId, quantity]) => itemOf(drawn, productId, quantity)),
    currency: 'EUR',
    subtotalMinor: totalMinor + discountMinor,
    discountMinor,
    totalMinor,
    refundedMinor,
    pointsRedeemed,
    pointsEarned: stage === 'dropped' ? 0 : drawn.pointsEarned,
    loyalty: isPaid ? (stage === 'due' ? 'due' : stage) : 'none',
    rules: drawn.rules,
    hold: holdOf(drawn),
    lots: fromLots === 0 ? [] : [{ lotId: lotIdOf('early', pointsOf(drawn)), amount: fromLots }],
    paymentMethod: 'pm_card_visa',
    paymentIntentId: isPaid ? 'pi_1' : null,
    reservedUntil: stage === 'awaiting' ? drawn.reservedUntil : null,
    createdAt: around - hourMs,
    paidAt: isPaid ? around - hourMs : null,
    refunds: isPaid && stage !== 'due' ? refundsOf(drawn, { id, refundedMinor, returned, reversed, isLost }) : [],
  };
}

function statusOf({ stage, totalMinor }: Drawn, refundedMinor: number): Order['status'] {
  if (stage === 'awaiting') return 'awaiting_payment';
  if (stage === 'failed') return 'payment_failed';
  if (refundedMinor === 0) return 'paid';
  return refundedMinor === totalMinor ? 'refunded' : 'partially_refunded';
}

function holdOf({ stage, pointsRedeemed, isLost }: Drawn): Order['hold'] {
  if (pointsRedeemed === 0) return 'none';
  if (stage === 'awaiting') return isLost ? 'released' : 'live';
  if (stage === 'due') return 'live';
  return stage === 'settled' ? 'captured' : 'released';
}

/** Of an order that is not paid yet, others may have taken what was kept. */
function itemOf({ stage, isLost }: Drawn, productId: Uuid, quantity: number): OrderItem {
  const kept = isLost ? 'released' : 'reserved';
  const stock = stage === 'awaiting' ? kept : stage === 'failed' ? 'released' : 'sold';
  return { productId, name: 'Thing', unitPriceMinor: 100, quantity, stock, returned: 0 };
}

interface MovedBefore {
  readonly id: Uuid;
  readonly refundedMinor: number;
  readonly returned: number;
  readonly reversed: number;
  readonly isLost: boolean;
}

/** One that is over, and one that is on its way, with all its pieces or with none. */
function refundsOf({ totalMinor, asked, quantities }: Drawn, moved: MovedBefore): OrderRefund[] {
  const { refundedMinor, returned: pointsReturned, reversed: pointsReversed, isLost } = moved;
  const done = { id: idOf('earlier'), amountMinor: refundedMinor, status: 'done', returns: [] } as const;
  const amountMinor = share(totalMinor - refundedMinor, asked);
  const returns = isLost ? [] : quantities.map(([productId, quantity]) => ({ productId, quantity }));
  const pending = { amountMinor, status: 'pending', returns, pointsReturned: 0, pointsReversed: 0 } as const;
  return [
    ...(refundedMinor === 0 ? [] : [{ ...done, pointsReturned, pointsReversed }]),
    ...(amountMinor === 0 ? [] : [{ id: idOf('money back'), ...pending }]),
  ];
}

function productOf(id: Uuid, orders: readonly Order[], spare: Spare): Product {
  const items = orders.flatMap((order) => order.items).filter(({ productId }) => productId === id);
  const pieces = (stock: OrderItem['stock']) =>
    items.filter((item) => item.stock === stock).reduce((sum, { quantity }) => sum + quantity, 0);
  return {
    id,
    vendorId: spare.vendorId,
    name: 'Thing',
    priceMinor: spare.priceMinor,
    currency: 'EUR',
    available: spare.available,
    reserved: pieces('reserved'),
    sold: pieces('sold'),
    overdue: [],
  };
}

const spareOf = fc.record({
  vendorId: fc.constantFrom(...shopPool.vendors),
  priceMinor: fc.nat({ max: 3_000 }),
  available: fc.nat({ max: 8 }),
});

type Spare = typeof spareOf extends fc.Arbitrary<infer Value> ? Value : never;

const purse = fc.record({
  undated: fc.nat({ max: 40 }),
  debt: fc.oneof(fc.constant(0), fc.nat({ max: 40 })),
  remaining: fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 })),
  end: anInstant,
  spendableFrom: fc.option(anInstant),
  earnedBy: fc.constantFrom(...shopPool.orders),
});

type Purse = typeof purse extends fc.Arbitrary<infer Value> ? Value : never;

function lotIdOf(name: string, accountId: Uuid): Uuid {
  return idOf(`${name} points/${accountId}`);
}

/** A lot that ends soon, from which orders have paid, and one without an end, that an order has earned. */
function lotsOf(accountId: Uuid, orders: readonly Order[], { remaining, end, spendableFrom, earnedBy }: Purse): Lot[] {
  const paid = orders.flatMap(({ lots }) => lots).filter(({ lotId }) => lotId === lotIdOf('early', accountId));
  const gone = paid.reduce((sum, { amount }) => sum + amount, 0);
  const lot = (name: string, left: number, taken: number) => {
    const id = lotIdOf(name, accountId);
    const fixed = { accountId, originId: id, source: 'order', pot: null, status: 'live' } as const;
    return { id, amount: left + taken + 1, remaining: left, ...fixed };
  };
  const never = { expiresAt: Number.POSITIVE_INFINITY, spendableFrom };
  return [
    { ...lot('early', remaining[0], gone), operationId: idOf('allocation'), expiresAt: end, spendableFrom: null },
    { ...lot('late', remaining[1], 0), operationId: scheduledIdOf('loyalty.apply', earnedBy), ...never },
  ];
}

function accountOf(customerId: Uuid, vendorId: Uuid, orders: readonly Order[], { undated, debt, remaining }: Purse) {
  const id = pointsOf({ customerId, vendorId });
  const own = orders.filter((order) => pointsOf(order) === id && order.hold === 'live');
  const held = own.reduce((sum, { pointsRedeemed }) => sum + pointsRedeemed, 0);
  return { id, ownerId: customerId, balance: held + undated + remaining[0] + remaining[1], held, debt };
}

export const anyShops: fc.Arbitrary<ShopRows> = fc
  .record({
    vendors: fc.tuple(...shopPool.vendors.map(vendor)),
    orders: fc.tuple(...shopPool.orders.map((id) => fc.option(anOrder.map((drawn) => orderOf(id, drawn))))),
    spares: fc.tuple(...shopPool.products.map(() => spareOf)),
    purses: fc.array(purse, { minLength: 10, maxLength: 10 }),
  })
  .map(({ vendors, orders: drawn, spares, purses }) => {
    const orders = drawn.filter((order) => order !== null);
    const pairs = people
      .map(idOf)
      .flatMap((customerId) => shopPool.vendors.map((vendorId) => ({ customerId, vendorId })));
    const accounts = pairs.flatMap(({ customerId, vendorId }, nth) =>
      purses.slice(nth, nth + 1).map((own) => accountOf(customerId, vendorId, orders, own)),
    );
    return {
      vendors,
      orders,
      products: shopPool.products.flatMap((id, nth) =>
        spares.slice(nth, nth + 1).map((spare) => productOf(id, orders, spare)),
      ),
      accounts,
      lots: accounts.flatMap(({ id }, nth) => purses.slice(nth, nth + 1).flatMap((own) => lotsOf(id, orders, own))),
    };
  });
