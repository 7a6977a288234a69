import { describe, expect, it } from 'vitest';
import {
  aCommand,
  aLot,
  anAccount,
  aPerson,
  clara,
  codeOf,
  eve,
  idOf,
  now,
  theo,
} from '../../../tests/support/builders.ts';
import { anItem, anOrder, aPaidOrder, aProduct, aVendor, corner, tea } from '../../../tests/support/shop-builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { orderNumberOf, pointsOf } from '../../domain/shop.ts';
import { type CheckoutCreate, checkoutCreate, decide, footprint } from './checkout-create.ts';

const id = idOf('operation');
const points = pointsOf({ customerId: clara, vendorId: corner });
const wanted = {
  customerId: clara,
  vendorId: corner,
  items: [{ productId: tea, quantity: 2 }],
  redeemPoints: 0,
  paymentMethod: 'pm_1',
};
const world: Rows = {
  people: [aPerson()],
  vendors: [aVendor()],
  products: [aProduct()],
  accounts: [anAccount({ id: points, ownerId: clara })],
};

function answer(changes: Partial<typeof wanted> = {}, rows: Rows = {}, command: Partial<CheckoutCreate> = {}) {
  const submitted = { ...aCommand({ ...wanted, ...changes }), ...command };
  return decide(aState({ ...world, ...rows }, footprint(submitted)), submitted);
}

/** The types of the effects, and of stock what moves. */
function stepsOf(decision: ReturnType<typeof decide>) {
  if (decision.status !== 'applied') return [];
  return decision.effects.map((effect) => ('move' in effect ? effect.move : effect.type));
}

describe('rejections, in the order of the contract (004-11, 004-12)', () => {
  // Each lacks what all that come after it lack, too: the first that fails is the answer.
  const poor = { accounts: [anAccount({ id: points, ownerId: clara, balance: 25 })] };
  const cases: [string, Partial<typeof wanted>, Rows][] = [
    ['points_exceed_total', { redeemPoints: 41 }, {}],
    ['insufficient_points', { redeemPoints: 50 }, poor],
    ['out_of_stock', { redeemPoints: 50 }, { products: [aProduct({ available: 1 })] }],
    ['product_not_found', {}, { products: [aProduct({ available: 0, vendorId: idOf('market') })] }],
    ['product_not_found', {}, { products: [] }],
    ['client_inactive', {}, { people: [aPerson({ active: false })], products: [] }],
    ['client_not_found', {}, { people: [aPerson({ active: false, deleted: true })], products: [] }],
    ['client_not_found', {}, { people: [], products: [] }],
    ['vendor_not_found', {}, { vendors: [], people: [], products: [] }],
  ];
  it.each(cases)('%s', (code, changes, rows) => {
    expect(codeOf(answer(changes, { ...(code === 'points_exceed_total' ? {} : poor), ...rows }))).toBe(code);
  });

  it('say both numbers', () => {
    expect(answer({ redeemPoints: 50 }, poor)).toMatchObject({
      rejection: {
        message: 'Insufficient loyalty points. Available: 25, Requested: 50',
        details: { available: 25, requested: 50 },
      },
    });
    expect(answer({}, { products: [aProduct({ available: 1 })] })).toMatchObject({
      rejection: { details: { productId: tea, available: 1, requested: 2 } },
    });
    expect(answer({ redeemPoints: 41 })).toMatchObject({
      rejection: { details: { subtotalMinor: 2_000, discountMinor: 2_050 } },
    });
  });

  it('payment_failed, where cards cannot be charged and there is something to pay', () => {
    const submitted = aCommand(wanted);
    const state = aState(world, footprint(submitted));
    const without = { ...state, settings: { ...state.settings, hasPayments: false } };
    expect(decide(without, submitted)).toMatchObject({
      rejection: { code: 'payment_failed', details: { declineCode: 'payments_not_configured' } },
    });
    expect(codeOf(decide(without, aCommand({ ...wanted, redeemPoints: 40 })))).toBe('applied');
  });

  it('have no points while the vendor has switched them off (004-39)', () => {
    const off = { vendors: [aVendor({ loyalty: { enabled: false } })] };
    expect(answer({ redeemPoints: 1 }, off)).toMatchObject({ rejection: { details: { available: 0, requested: 1 } } });
    expect(answer({}, off)).toMatchObject({ status: 'applied', outcome: { pointsEarned: 0 } });
  });
});

describe('who may check out for whom', () => {
  it.each([
    ['themselves', clara, [], 'applied'],
    ['the vendor', eve, ['vendor'], 'applied'],
    ['the owner without the role', eve, [], 'vendor_not_found'],
    ['another vendor', theo, ['vendor'], 'vendor_not_found'],
    ['an admin', theo, ['admin'], 'applied'],
  ] as const)('%s', (_, caller, roles, code) => {
    expect(codeOf(answer({}, {}, { caller: { id: caller, roles } }))).toBe(code);
  });
});

describe('what it does', () => {
  it('keeps stock and points, and wants the card charged, before anything is paid (004-05, 004-06, 004-11)', () => {
    const decision = answer({ redeemPoints: 10 });
    expect(decision).toMatchObject({
      isAwaiting: true,
      outcome: {
        orderId: id,
        orderNumber: orderNumberOf(id),
        status: 'awaiting_payment',
        subtotalMinor: 2_000,
        discountMinor: 500,
        totalMinor: 1_500,
        pointsRedeemed: 10,
        pointsEarned: 15,
      },
      effects: [
        { order: { id, status: 'awaiting_payment', reservedUntil: now + 15 * 60_000, loyalty: 'none' } },
        { move: 'reserved', orderId: id, productId: tea, quantity: 2 },
        { hold: { id, accountId: points, amount: 10 }, takes: [] },
        { step: 'payment.charge', subjectId: id },
      ],
    });
    expect(stepsOf(decision)).toEqual(['order-placed', 'reserved', 'hold-placed', 'payment-wanted']);
    expect(stepsOf(answer())).toEqual(['order-placed', 'reserved', 'payment-wanted']);
  });

  it('settles all at once when points pay for everything: spent, then a bonus (004-13, 004-16)', () => {
    const decision = answer({ redeemPoints: 40 }, { vendors: [aVendor({ loyalty: { firstOrderBonus: 7 } })] });
    expect(decision).toMatchObject({
      outcome: { status: 'paid', totalMinor: 0, pointsRedeemed: 40, pointsEarned: 7, pointsBalance: 67 },
      effects: [
        {},
        {},
        { move: 'sold' },
        { transfer: { debit: points, amount: 40, debitType: 'spent' } },
        { transfer: { credit: points, amount: 7, creditType: 'earned' } },
        { change: { status: 'paid', paidAt: now, loyalty: 'settled' } },
      ],
    });
    expect(decision).not.toHaveProperty('isAwaiting');
  });

  it('takes what is kept for an order whose time is over, stock and points, when it needs it', () => {
    const late = anOrder({
      id: idOf('late'),
      pointsRedeemed: 90,
      hold: 'live',
      reservedUntil: now,
      lots: [{ lotId: idOf('lot'), amount: 5 }],
      items: [anItem({ quantity: 9 })],
    });
    const rows = {
      orders: [late],
      products: [aProduct({ available: 1, reserved: 9 })],
      accounts: [anAccount({ id: points, ownerId: clara, held: 90 })],
      lots: [aLot({ id: idOf('lot'), accountId: points, amount: 5, remaining: 0 })],
    };
    const decision = answer({ redeemPoints: 20 }, rows);
    expect(stepsOf(decision)).toEqual([
      'order-placed',
      'released',
      'reserved',
      'hold-ended',
      'hold-placed',
      'payment-wanted',
    ]);
    expect(decision).toMatchObject({
      effects: [{ order: { lots: [{ lotId: idOf('lot'), amount: 5 }] } }, {}, {}, {}, {}, {}],
    });
    const inTime = { ...rows, orders: [{ ...late, reservedUntil: now + 1 }] };
    expect(codeOf(answer({ redeemPoints: 20 }, inTime))).toBe('out_of_stock');
    const withStock = { ...inTime, products: [aProduct({ reserved: 9 })] };
    expect(answer({ redeemPoints: 20 }, withStock)).toMatchObject({ rejection: { details: { available: 10 } } });
  });
});

describe('applied again', () => {
  it.each([
    [anOrder({ id, reservedUntil: null }), { isAwaiting: true }],
    [aPaidOrder({ id, loyalty: 'due' }), { isAwaiting: true, effects: [] }],
    [aPaidOrder({ id }), { outcome: { status: 'paid', pointsBalance: 100 }, effects: [] }],
    [anOrder({ id, status: 'payment_failed' }), { rejection: { code: 'payment_failed' } }],
  ])('answers as its order stands', (order, expected) => {
    expect(answer({}, { orders: [order] })).toMatchObject(expected);
  });

  it('wants the card charged once more, and keeps for as long again what it has', () => {
    expect(answer({}, { orders: [anOrder({ id, reservedUntil: null })] })).toMatchObject({
      effects: [{ change: { reservedUntil: now + 15 * 60_000 } }, { step: 'payment.charge', subjectId: id }],
    });
  });
});

describe('payload', () => {
  const caller = { id: clara, roles: [] };

  it('runs in the lane of the customer, and is for themselves, vendors and admins', () => {
    const { redeemPoints: _, ...rest } = wanted;
    expect(checkoutCreate.submit(caller, rest)).toEqual({ payload: wanted, lane: clara, isAllowed: true });
    expect(checkoutCreate.submit({ id: eve, roles: ['client'] }, rest).isAllowed).toBe(false);
    expect(checkoutCreate.submit({ id: eve, roles: ['vendor'] }, rest).isAllowed).toBe(true);
  });

  it.each([
    { pointsEarned: 1_000 },
    { discountMinor: 1 },
    { redeemPoints: -1 },
    { redeemPoints: 0.5 },
    { items: [] },
    { items: [{ productId: tea, quantity: 0 }] },
    { items: [1, 2].map((quantity) => ({ productId: tea, quantity })) },
    { items: [{ productId: tea, quantity: 1, unitPriceMinor: 1 }] },
    { paymentMethod: '' },
  ])("is refused with %j: amounts and points are never the client's to say (004-02)", (changes) => {
    expect(() => checkoutCreate.submit(caller, { ...wanted, ...changes })).toThrow();
  });
});
