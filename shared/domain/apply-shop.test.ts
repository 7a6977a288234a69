import { describe, expect, it } from 'vitest';
import { clara, idOf, now } from '../../tests/support/builders.ts';
import { anItem, anOrder, aProduct, basket, corner, tea } from '../../tests/support/shop-builders.ts';
import { aState, type Rows } from '../../tests/support/world.ts';
import { apply } from './apply.ts';
import { noChanges } from './changes.ts';
import type { Effect, StockMoved } from './effects.ts';
import { type OrderRefund, pointsOf } from './shop.ts';

const operationId = idOf('operation');
const points = pointsOf({ customerId: clara, vendorId: corner });

function carryOut(effects: readonly Effect[], rows: Rows = {}) {
  const products = [aProduct({ available: 3, reserved: 2, sold: 4 })];
  const state = aState({ products, orders: [anOrder()], ...rows }, { products: [tea], orders: [basket] });
  const changes = noChanges();
  apply(state, changes, operationId, effects);
  return { state, changes, shops: changes.ofShops, tea: state.products.get(tea) };
}

function moved(move: StockMoved['move'], quantity: number, orderId = basket): Effect {
  return { type: 'stock-moved', move, orderId, productId: tea, quantity };
}

describe('pieces', () => {
  it.each([
    ['reserved', { available: 1, reserved: 4, sold: 4 }],
    ['released', { available: 5, reserved: 0, sold: 4 }],
    ['sold', { available: 3, reserved: 0, sold: 6 }],
    ['returned', { available: 5, reserved: 2, sold: 2 }],
  ] as const)('that are %s', (move, expected) => {
    const { tea: product, shops } = carryOut([moved(move, 2)]);
    expect(product).toMatchObject(expected);
    expect(shops.stockMoved).toMatchObject([{ operationId, move, quantity: 2, availableBefore: 3 }]);
  });

  it.each([
    ['reserved', 4],
    ['released', 3],
    ['sold', 3],
    ['returned', 5],
    ['reserved', 0],
    ['reserved', -1],
    ['reserved', 0.5],
  ] as const)('that are not there cannot be %s: %i', (move, quantity) => {
    expect(() => carryOut([moved(move, quantity)])).toThrow();
  });

  it('take the line of their order with them, whether or not it is loaded', () => {
    const { state, shops } = carryOut([moved('sold', 2), moved('released', 1, idOf('other'))], {
      products: [aProduct({ reserved: 3 })],
    });
    expect(state.orders.get(basket)?.items).toMatchObject([{ stock: 'sold', returned: 0 }]);
    expect([...shops.itemsChanged.values()]).toEqual([
      { orderId: basket, productId: tea, stock: 'sold', returned: 0 },
      { orderId: idOf('other'), productId: tea, stock: 'released', returned: 0 },
    ]);
  });

  it('that come back one after the other add up', () => {
    const { state, shops } = carryOut([moved('returned', 1), moved('returned', 1)]);
    expect(state.orders.get(basket)?.items).toMatchObject([{ stock: 'sold', returned: 2 }]);
    expect([...shops.itemsChanged.values()]).toMatchObject([{ returned: 2 }]);
  });
});

describe('an order', () => {
  it('that is placed and paid in one batch is written once, as it ended', () => {
    const { shops } = carryOut(
      [
        { type: 'order-placed', order: anOrder({ id: idOf('new'), items: [anItem({ quantity: 1 })] }) },
        moved('reserved', 1, idOf('new')),
        moved('sold', 1, idOf('new')),
        { type: 'order-changed', orderId: idOf('new'), change: { status: 'paid', paidAt: now } },
      ],
      {},
    );
    expect([...shops.ordersPlaced.values()]).toMatchObject([{ status: 'paid', items: [{ stock: 'sold' }] }]);
    expect(shops.ordersChanged.size + shops.itemsChanged.size).toBe(0);
  });

  it('that is paid is no first one any more for the next of the batch', () => {
    const change = { status: 'paid', paidAt: now } as const;
    const { state, changes } = carryOut([{ type: 'order-changed', orderId: basket, change }]);
    expect(state.loyaltyHistories.get(points)).toEqual({ paidOrders: 1, earnedInYear: 0 });
    expect(changes.outbox).toMatchObject([{ kind: 'mail', type: 'order_paid', userId: clara, status: 'skipped' }]);
  });

  it('that is not known cannot change', () => {
    const change = { status: 'paid' } as const;
    expect(() => carryOut([{ type: 'order-changed', orderId: basket, change }], { orders: [] })).toThrow('not exist');
  });
});

it('asks the card network under an id of the order, however often it is wanted', () => {
  const wanted = { type: 'payment-wanted', step: 'payment.charge', subjectId: basket, data: {} } as const;
  const { changes } = carryOut([wanted, wanted]);
  expect(new Set(changes.outbox.map(({ id }) => id)).size).toBe(1);
});

it('writes a refund that is asked for and over in one batch once', () => {
  const asked: OrderRefund = {
    id: idOf('refund'),
    amountMinor: 0,
    status: 'pending',
    returns: [],
    pointsReturned: 0,
    pointsReversed: 0,
  };
  const refund = { ...asked, status: 'done', pointsReturned: 3 } as const;
  const { shops, state } = carryOut([
    { type: 'refund-asked', orderId: basket, refund: asked },
    { type: 'refund-ended', orderId: basket, refund },
  ]);
  expect([...shops.refundsAsked.values()]).toEqual([{ ...refund, orderId: basket }]);
  expect(shops.refundsEnded.size).toBe(0);
  expect(state.orders.get(basket)?.refunds).toEqual([refund]);
});
