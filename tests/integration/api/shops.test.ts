import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { confirmIntent } from '../../../bin/demo/fake-stripe/intents.ts';
import { runAudit } from '../../../db/audit.ts';
import { withKey } from '../../support/api.ts';
import { addPeople } from '../../support/marketplace.ts';
import { headerOf } from '../../support/mime.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import { startSmtpCatcher } from '../../support/smtp.ts';
import { until } from '../../support/until.ts';

/* What callers may and may not do with shops, orders and points, and what operators see of them. */

const nobody = randomUUID();

/** Who else there is: a customer, and the owner of another shop that sells cups. */
async function openTwoShops(options: Parameters<typeof openShop>[0] = {}) {
  const shop = await openShop(options);
  const [stranger, rival, otherVendor, cups] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await addPeople(shop.api, [stranger, rival]);
  const put = (path: string, body: object) => shop.api.request('PUT', path, { token: shop.tokens.admin, body });
  const loyalty = { pointsPerUnit: 1, pointValueMinor: 50 };
  await put(`/v1/vendors/${otherVendor}`, { name: 'Cups & co', ownerUserId: rival, loyalty });
  await put(`/v1/products/${cups}`, {
    vendorId: otherVendor,
    name: 'Cups',
    priceMinor: 500,
    currency: 'USD',
    stock: 9,
  });
  const asStranger = await shop.api.tokenOf(stranger, 'client');
  const asRival = await shop.api.tokenOf(rival, 'vendor');
  return { shop, stranger, rival, otherVendor, cups, asStranger, asRival };
}

const endingOf = ({
  body,
}: {
  readonly body: { status: unknown; code?: string; rejection?: { code: string } | null };
}) => body.code ?? body.rejection?.code ?? body.status;

/** Names of the checks that find something. */
async function violated({ api }: Shop): Promise<string[]> {
  const { checks } = await runAudit(api.owner);
  return checks.filter(({ violations }) => violations > 0).map(({ name }) => name);
}

describe('a checkout', () => {
  it("is one's own, or the vendor's for a customer of theirs, and of what that vendor sells (004-21)", async () => {
    const { shop, stranger, otherVendor, cups, asStranger, asRival } = await openTwoShops();
    expect(endingOf(await shop.checkOut({}, asStranger))).toBe('forbidden');
    expect(endingOf(await shop.checkOut({}, asRival))).toBe('vendor_not_found');
    expect(endingOf(await shop.checkOut({ vendorId: nobody }))).toBe('vendor_not_found');
    expect(endingOf(await shop.checkOut({ vendorId: otherVendor }))).toBe('product_not_found');
    expect(endingOf(await shop.checkOut({ items: [{ productId: cups, quantity: 1 }] }))).toBe('product_not_found');
    expect(endingOf(await shop.checkOut({ items: [{ productId: nobody, quantity: 1 }] }))).toBe('product_not_found');
    expect(endingOf(await shop.checkOut({ customerId: nobody }, shop.tokens.vendor))).toBe('client_not_found');
    // Owning a shop is not enough without the role.
    expect(endingOf(await shop.checkOut({}, await shop.api.tokenOf(shop.owner, 'client')))).toBe('forbidden');

    const sold = await shop.checkOut({ customerId: stranger }, shop.tokens.vendor);
    expect(sold.body).toMatchObject({ status: 'succeeded', userId: stranger, outcome: { status: 'paid' } });
    expect(endingOf(await shop.checkOut({ customerId: shop.customer }, shop.tokens.admin))).toBe('succeeded');
    await shop.api.owner.query('update users set active = false where id = $1', [stranger]);
    expect(endingOf(await shop.checkOut({ customerId: stranger }, shop.tokens.vendor))).toBe('client_inactive');
    expect(shop.book.charges.size).toBe(2);
    expect(await violated(shop)).toEqual([]);
  });

  it('is refused before it is recorded when it makes no sense, or names a price or points of its own (004-02)', async () => {
    const shop = await aShop();
    const { product: productId } = shop;
    const of = (item: object) => ({ items: [{ productId, quantity: 1, ...item }] });
    const twice = [productId, productId.toUpperCase()].map((id) => ({ productId: id, quantity: 1 }));
    const wrong: readonly (readonly [object, string])[] = [
      [{ items: [] }, 'items'],
      [{ items: twice }, 'items'],
      [of({ quantity: 0 }), 'items.0.quantity'],
      [of({ quantity: -1 }), 'items.0.quantity'],
      [of({ quantity: 1.5 }), 'items.0.quantity'],
      [of({ quantity: 100_001 }), 'items.0.quantity'],
      [of({ quantity: 2 ** 53 }), 'items.0.quantity'],
      [of({ productId: 'tea' }), 'items.0.productId'],
      [of({ unitPriceMinor: 1 }), 'items.0.unitPriceMinor'],
      [{ totalMinor: 1 }, 'totalMinor'],
      [{ pointsEarned: 1_000 }, 'pointsEarned'],
      [{ redeemPoints: -1 }, 'redeemPoints'],
      [{ redeemPoints: 0.5 }, 'redeemPoints'],
      [{ redeemPoints: 1_000_000_001 }, 'redeemPoints'],
      [{ paymentMethod: 'pm\u0000' }, 'paymentMethod'],
      [{ paymentMethod: '' }, 'paymentMethod'],
      [{ vendorId: null }, 'vendorId'],
    ];
    for (const [changes, path] of wrong) {
      const { status, body } = await shop.checkOut(changes);
      expect([changes, status, body.code, body.errors?.[0].path]).toEqual([changes, 400, 'invalid_request', path]);
    }
    const { rows } = await shop.api.owner.query('select count(*)::int as n from operations');
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('is one per key: the same again is the same, another one under it is none', async () => {
    const shop = await openShop();
    const order = (quantity: number) => ({
      customerId: shop.customer,
      vendorId: shop.vendor,
      items: [{ productId: shop.product, quantity }],
      paymentMethod: 'pm_card_visa',
    });
    const first = await shop.post(shop.tokens.customer, '/v1/checkout', order(1), 'one');
    const again = await shop.post(shop.tokens.customer, '/v1/checkout', order(1), 'one');
    expect([again.status, again.body]).toEqual([200, first.body]);
    const other = await shop.post(shop.tokens.customer, '/v1/checkout', order(2), 'one');
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    const keyless = await shop.api.request('POST', '/v1/checkout', { token: shop.tokens.customer, body: order(1) });
    expect([keyless.status, keyless.body.code]).toEqual([400, 'idempotency_key_missing']);
    expect(shop.book.charges.size).toBe(1);
  });

  it('of more money than can be charged, or counted, is told so, and charges nothing', async () => {
    const shop = await openShop();
    const [dear, most] = [1_000_000_000, 100_000];
    const products = Array.from({ length: 100 }, () => randomUUID());
    for (const id of products) await shop.putProduct(id, { priceMinor: dear, stock: most });
    const rejection = (subtotalMinor: number) => ({
      code: 'payment_failed',
      details: { declineCode: 'amount_too_large', subtotalMinor },
    });

    const [product = ''] = products;
    const large = await shop.checkOut({ items: [{ productId: product, quantity: 2 }] });
    expect(large.body).toMatchObject({ status: 'rejected', rejection: rejection(2 * dear) });
    const items = products.map((productId) => ({ productId, quantity: most }));
    const larger = await shop.checkOut({ items });
    expect(larger.body).toMatchObject({ status: 'rejected', rejection: rejection(100 * dear * most) });
    const preview = await shop.post(shop.tokens.customer, '/v1/checkout/preview', {
      customerId: shop.customer,
      vendorId: shop.vendor,
      items,
    });
    expect([preview.status, preview.body.errors?.[0].path]).toEqual([400, 'items']);

    const largest = await shop.checkOut({ items: [{ productId: product, quantity: 1 }] });
    expect(largest.body).toMatchObject({ status: 'succeeded', outcome: { totalMinor: dear } });
    expect(await violated(shop)).toEqual([]);
  });

  it('never earns more points than one operation can give, however generous the rules', async () => {
    const tiers = [{ name: 'all', fromPoints: 0, earnPercent: 100_000 }];
    const shop = await openShop({ loyalty: { pointsPerUnit: 1_000_000, tiers } });
    await shop.putProduct(shop.product, { priceMinor: 1_000_000_000, currency: 'EUR' });
    const answer = await shop.checkOut();
    expect(answer.body).toMatchObject({ status: 'succeeded', outcome: { pointsEarned: 1_000_000_000 } });
    expect(await violated(shop)).toEqual([]);
  });

  it('with points that are worth more than any order is rejected, not miscounted', async () => {
    const shop = await openShop({ loyalty: { pointValueMinor: 1_000_000_000 } });
    await shop.givePoints(shop.customer, 1_000_000_000);
    const answer = await shop.checkOut({ redeemPoints: 1_000_000_000 });
    expect(endingOf(answer)).toBe('points_exceed_total');
    expect(await violated(shop)).toEqual([]);
  });

  it('needs no card network when points pay all of it, and is told where there is none', async () => {
    const shop = await openShop({ env: { STRIPE_SECRET_KEY: '' } });
    await shop.givePoints(shop.customer, 50);
    const answer = await shop.checkOut();
    expect(answer.body.rejection).toMatchObject({
      code: 'payment_failed',
      details: { declineCode: 'payments_not_configured' },
    });
    const free = await shop.checkOut({ redeemPoints: 50 });
    expect(free.body).toMatchObject({ status: 'succeeded', outcome: { totalMinor: 0, pointsBalance: 0 } });
    expect(await violated(shop)).toEqual([]);
  });
});

/** A shop without a worker, for what is refused at the door. */
function aShop(): Promise<Shop> {
  return openShop({ isWorking: false });
}

it('keeps orders, refunds and points from everybody whom they are not of', async () => {
  const { shop, asStranger, asRival } = await openTwoShops();
  await shop.givePoints(shop.customer, 100);
  const { body: bought } = await shop.checkOut({ redeemPoints: 10 });
  const { orderId } = bought.outcome;
  const asOps = await shop.api.tokenOf(randomUUID(), 'ops');
  const get = async (path: string, token: string) => shop.api.request('GET', path, { token });
  const { customer, vendor: asVendor, admin } = shop.tokens;

  for (const token of [asStranger, asRival]) {
    expect((await get(`/v1/orders/${orderId}`, token)).status).toBe(404);
    expect((await get(`/v1/operations/${orderId}`, token)).status).toBe(404);
    expect((await get('/v1/orders', token)).body.data).toEqual([]);
    expect((await get(`/v1/orders?customerId=${shop.customer}`, token)).body.data).toEqual([]);
    expect((await get(`/v1/users/${shop.customer}/balance`, token)).status).toBe(404);
    expect((await get(`/v1/users/${shop.customer}/transactions?asset=points`, token)).status).toBe(404);
    const preview = {
      customerId: shop.customer,
      vendorId: shop.vendor,
      items: [{ productId: shop.product, quantity: 1 }],
    };
    expect((await shop.post(token, '/v1/checkout/preview', preview)).status).toBe(403);
    const adjusted = { userId: shop.customer, vendorId: shop.vendor, amount: 1_000, note: 'mine' };
    expect((await shop.post(token, '/v1/points/adjustments', adjusted)).status).toBe(403);
  }
  for (const token of [customer, asVendor, asOps, admin]) {
    expect((await get(`/v1/orders/${orderId}`, token)).body).toMatchObject({ id: orderId, customerId: shop.customer });
    expect((await get('/v1/orders', token)).body.data).toHaveLength(1);
  }

  const refund = (token: string, id: string, body: object = {}) => shop.post(token, `/v1/orders/${id}/refund`, body);
  expect(endingOf(await refund(customer, orderId))).toBe('forbidden');
  expect(endingOf(await refund(asStranger, orderId))).toBe('forbidden');
  expect(endingOf(await refund(asRival, orderId))).toBe('order_not_found');
  expect(endingOf(await refund(asVendor, nobody))).toBe('order_not_found');
  expect(endingOf(await refund(asVendor, 'no id'))).toBe('invalid_request');
  expect(endingOf(await refund(asVendor, orderId, { amountMinor: 0 }))).toBe('invalid_request');
  expect(endingOf(await refund(asVendor, orderId, { amountMinor: 2_001 }))).toBe('not_refundable');
  const returnItems = [{ productId: shop.product, quantity: 2 }];
  expect(endingOf(await refund(asVendor, orderId, { returnItems }))).toBe('not_refundable');
  expect(endingOf(await refund(asOps, orderId))).toBe('succeeded');
  expect([...shop.book.charges.values()].map(({ refunded }) => refunded)).toEqual([2_000]);
  expect(await violated(shop)).toEqual([]);
});

describe('the directory of shops', () => {
  it('is written by admins, and says what is wrong with what they write', async () => {
    const shop = await aShop();
    const { admin, vendor: asVendor } = shop.tokens;
    const put = (path: string, body: object, token = admin) => shop.api.request('PUT', path, { token, body });
    const product = { vendorId: shop.vendor, name: 'Tea', priceMinor: 100, currency: 'EUR', stock: 1 };
    const vendor = { name: 'Shop', ownerUserId: shop.owner, loyalty: { pointsPerUnit: 1, pointValueMinor: 1 } };
    expect((await put(`/v1/products/${randomUUID()}`, product, asVendor)).status).toBe(403);
    expect((await put(`/v1/vendors/${randomUUID()}`, vendor, asVendor)).status).toBe(403);

    const wrong: readonly (readonly [string, object, string])[] = [
      ['products', { ...product, currency: 'EURO' }, 'currency'],
      ['products', { ...product, currency: 'XXZ' }, 'currency'],
      ['products', { ...product, currency: 'USD' }, 'currency'],
      ['products', { ...product, priceMinor: -1 }, 'priceMinor'],
      ['products', { ...product, priceMinor: 1.5 }, 'priceMinor'],
      ['products', { ...product, priceMinor: 1_000_000_001 }, 'priceMinor'],
      ['products', { ...product, stock: -1 }, 'stock'],
      ['products', { ...product, stock: 2 ** 31 }, 'stock'],
      ['products', { ...product, name: '' }, 'name'],
      ['products', { ...product, name: 'T\u0000' }, 'name'],
      ['products', { ...product, name: 'T'.repeat(201) }, 'name'],
      ['products', { ...product, vendorId: nobody }, 'vendorId'],
      ['products', { ...product, reserved: 1 }, 'reserved'],
      ['vendors', { ...vendor, ownerUserId: nobody }, 'ownerUserId'],
      ['vendors', { ...vendor, loyalty: { ...vendor.loyalty, pointsPerUnit: 0.00001 } }, 'loyalty.pointsPerUnit'],
      ['vendors', { ...vendor, loyalty: { ...vendor.loyalty, pointsPerUnit: -1 } }, 'loyalty.pointsPerUnit'],
      ['vendors', { ...vendor, loyalty: { ...vendor.loyalty, pointValueMinor: 0.5 } }, 'loyalty.pointValueMinor'],
      ['vendors', { ...vendor, loyalty: { ...vendor.loyalty, pendingDays: -1 } }, 'loyalty.pendingDays'],
      ['vendors', { ...vendor, loyalty: { ...vendor.loyalty, expiresAfterDays: 0 } }, 'loyalty.expiresAfterDays'],
      ['vendors', { ...vendor, loyalty: { ...vendor.loyalty, tiers: [tier(10), tier(10)] } }, 'loyalty.tiers'],
      ['vendors', { ...vendor, loyalty: { ...vendor.loyalty, version: 7 } }, 'loyalty.version'],
    ];
    for (const [what, body, path] of wrong) {
      const answer = await put(`/v1/${what}/${randomUUID()}`, body);
      expect([body, answer.status, answer.body.code]).toEqual([body, 400, 'invalid_request']);
      expect([body, answer.body.errors[0].path]).toEqual([body, path]);
    }
    const free = await put(`/v1/products/${randomUUID()}`, { ...product, priceMinor: 0, currency: 'eur' });
    expect(free.body).toMatchObject({ priceMinor: 0, currency: 'EUR' });
    const fine = { ...vendor.loyalty, pointsPerUnit: 0.0001, tiers: [tier(0), tier(10)] };
    const stored = await put(`/v1/vendors/${shop.vendor}`, { ...vendor, loyalty: fine });
    expect(stored.body.loyalty).toMatchObject({
      pointsPerUnit: 0.0001,
      tiers: [{ fromPoints: 0 }, { fromPoints: 10 }],
    });
  });

  it('counts a stock that is put again once, and keeps a product with its vendor', async () => {
    const { shop, otherVendor } = await openTwoShops({ stock: 10, isWorking: false });
    const movements = async () => {
      const { rows } = await shop.api.owner.query(
        'select move, quantity from stock_movements where product_id = $1 order by seq',
        [shop.product],
      );
      return rows.map(({ move, quantity }) => `${move} ${quantity}`);
    };
    for (const stock of [10, 10, 4, 4, undefined, 9]) {
      expect((await shop.putProduct(shop.product, { stock })).status).toBe(200);
    }
    expect(await movements()).toEqual(['received 10', 'removed 6', 'received 5']);
    await Promise.all([1, 2, 3].map(() => shop.putProduct(shop.product, { stock: 20 })));
    expect(await movements()).toEqual(['received 10', 'removed 6', 'received 5', 'received 11']);
    const taken = await shop.putProduct(shop.product, { vendorId: otherVendor, currency: 'USD' });
    expect([taken.status, taken.body.errors[0].path]).toEqual([400, 'vendorId']);
    expect(await violated(shop)).toEqual([]);
  });

  it('counts up the version of loyalty rules when they change, and only then', async () => {
    const shop = await aShop();
    const versionOf = async (loyalty: object) => (await shop.putVendor(loyalty)).body.loyalty.version;
    const versions = [await versionOf({}), await versionOf({ pendingDays: 3 }), await versionOf({ pendingDays: 3 })];
    expect(versions).toEqual([1, 2, 2]);
  });
});

/** Checks out as the customer, without waiting for what becomes of it. */
function begin({ api, tokens, customer, vendor, product }: Shop, changes: object) {
  const items = [{ productId: product, quantity: 1 }];
  const body = { customerId: customer, vendorId: vendor, items, paymentMethod: 'pm_card_visa', ...changes };
  return api.request('POST', '/v1/checkout', withKey({ token: tokens.customer, body }));
}

const isWaiting = ({ status }: { readonly status: string }) => status === 'requires_action';

function tier(fromPoints: number): object {
  return { name: `from ${fromPoints}`, fromPoints, earnPercent: 150 };
}

describe('operators', () => {
  it('see what loyalty loses, and what is redeemed each day (004-33, 004-34)', async () => {
    const shop = await openShop();
    const token = await shop.api.tokenOf(randomUUID(), 'ops');
    const loyalty = async (query = '') => (await shop.api.request('GET', `/v1/stats${query}`, { token })).body.loyalty;
    const dayAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    expect(await loyalty('?days=2')).toEqual({
      unresolvedCount: 0,
      lostEarnings: 0,
      incorrectRedemptions: 0,
      redemptionsPerDay: [
        { day: dayAgo(0), count: 0, points: 0 },
        { day: dayAgo(1), count: 0, points: 0 },
      ],
    });

    await shop.givePoints(shop.customer, 100);
    const first = await shop.checkOut({ redeemPoints: 10 });
    await shop.checkOut({ redeemPoints: 20 });
    await shop.api.owner.query(
      `update transfers set created_at = date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - interval '1 microsecond'
       where reference_id = $1`,
      [first.body.outcome.orderId],
    );
    // The kill switch is thrown between an order and its payment (004-39): it is paid, and its points wait.
    const pending = await begin(shop, { redeemPoints: 4, paymentMethod: 'pm_card_threeDSecure2Required' });
    await until('the customer has to act', async () => [...shop.book.intents.values()].some(isWaiting));
    await shop.putVendor({ enabled: false });
    const intent = [...shop.book.intents.values()].find(isWaiting);
    confirmIntent(shop.book, intent?.id ?? '');
    await shop.tell();
    await until('its points wait for a person', async () => (await loyalty()).unresolvedCount === 1);
    expect(await loyalty('?days=2')).toEqual({
      unresolvedCount: 1,
      lostEarnings: 23,
      incorrectRedemptions: 4,
      redemptionsPerDay: [
        { day: dayAgo(0), count: 1, points: 20 },
        { day: dayAgo(1), count: 1, points: 10 },
      ],
    });
    const paid = await shop.api.request('GET', `/v1/operations/${pending.body.id}`, { token: shop.tokens.customer });
    expect(paid.body).toMatchObject({ status: 'succeeded', outcome: { status: 'paid', totalMinor: 2_300 } });

    // Switched off, a shop sells as before, without points.
    expect((await shop.checkOut()).body).toMatchObject({ status: 'succeeded', outcome: { pointsEarned: 0 } });
    expect(endingOf(await shop.checkOut({ redeemPoints: 1 }))).toBe('insufficient_points');

    // Switched on again, the item is retried and gone (004-29).
    await shop.putVendor({});
    const { body: items } = await shop.api.request('GET', '/v1/reconciliation?status=open', { token });
    expect(items.data).toMatchObject([{ kind: 'loyalty.apply', summary: expect.stringContaining(pending.body.id) }]);
    await shop.post(token, `/v1/reconciliation/${items.data[0].id}/retry`, { note: 'it is on again' });
    await until('nothing waits', async () => (await loyalty()).unresolvedCount === 0);
    expect(await violated(shop)).toEqual([]);
  });
});

describe('customers', () => {
  it('are mailed what became of their orders, unless they do not want it', async () => {
    const smtp = await startSmtpCatcher();
    onTestFinished(smtp.close);
    const shop = await openShop({ env: { SMTP_URL: smtp.url() } });
    await shop.givePoints(shop.customer, 10);
    const paid = await shop.checkOut({ redeemPoints: 10 });
    const { id: failed } = (await shop.checkOut({ paymentMethod: 'pm_card_chargeDeclined' })).body;
    const mails = await until('two mails have come', async () => smtp.inbox().length === 2 && smtp.inbox());
    const failedNumber = (await shop.api.request('GET', `/v1/orders/${failed}`, { token: shop.tokens.customer })).body
      .orderNumber;
    expect(mails.map(({ raw }) => headerOf(raw, 'Subject')).toSorted()).toEqual([
      `Your order is paid: order ${paid.body.outcome.orderNumber}`,
      `Your payment has failed: order ${failedNumber}`,
    ]);
    expect(mails.find(({ raw }) => raw.includes('order is paid'))?.raw).toContain('Paid: 20.00 EUR');

    const muted = await shop.api.request('PUT', `/v1/users/${shop.customer}/notification-preferences`, {
      token: shop.tokens.customer,
      body: { muted: ['order_paid'] },
    });
    expect(muted.status).toBe(200);
    await shop.checkOut();
    const shown = await until('all are sent or skipped', async () => {
      const { body } = await shop.api.request('GET', '/v1/notifications', { token: shop.tokens.customer });
      const told: { readonly type: string; readonly status: string }[] = body.data;
      return told.length === 3 && told.every(({ status }) => status !== 'waiting') && told;
    });
    expect(shown.map(({ type, status }) => `${type} ${status}`)).toEqual([
      'order_paid skipped',
      'payment_failed sent',
      'order_paid sent',
    ]);
  });

  it('are told what their points are made of: what can be redeemed, what is held, and what has to wait', async () => {
    const shop = await openShop({ loyalty: { pendingDays: 14 } });
    await shop.givePoints(shop.customer, 100);
    const { orderId } = (await shop.checkOut()).body.outcome;
    await begin(shop, { redeemPoints: 30, paymentMethod: 'pm_card_threeDSecure2Required' });
    const explained = await until('the points are held', async () => {
      const path = `/v1/users/${shop.customer}/balance/explain`;
      const { body } = await shop.api.request('GET', path, { token: shop.tokens.customer });
      return body.points[0].holds.length === 1 && body;
    });
    const [lot] = explained.points[0].lots;
    expect(explained.points).toEqual([
      {
        vendorId: shop.vendor,
        balance: 125,
        available: 70,
        pending: 25,
        undated: 70,
        held: 30,
        overdue: 0,
        debt: 0,
        lots: [
          {
            id: expect.any(String),
            operationId: expect.any(String),
            amount: 25,
            remaining: 25,
            source: 'order',
            expiresAt: null,
            spendableFrom: expect.any(String),
            isOver: false,
            isPending: true,
          },
        ],
        holds: [
          {
            id: expect.any(String),
            amount: 30,
            referenceType: 'order',
            referenceId: expect.any(String),
            createdAt: expect.any(String),
          },
        ],
      },
    ]);
    expect(Date.parse(lot.spendableFrom) - Date.now()).toBeGreaterThan(13 * 86_400_000);
    expect(explained.points[0].holds[0].referenceId).not.toBe(orderId);
    expect(explained.credits).toMatchObject({ balance: 0, lots: [] });

    // What has to wait cannot be redeemed (004-11, 004-12, 004-24).
    const refused = await shop.checkOut({ redeemPoints: 71 });
    expect(refused.body.rejection).toEqual({
      code: 'insufficient_points',
      message: 'Insufficient loyalty points. Available: 70, Requested: 71',
      details: { available: 70, requested: 71 },
    });
    expect(shop.book.charges.size).toBe(1);
    expect(await violated(shop)).toEqual([]);
  });

  it('can have their points as a statement to keep', async () => {
    const shop = await openShop();
    await shop.givePoints(shop.customer, 100);
    await shop.checkOut({ redeemPoints: 10 });
    const path = `/v1/users/${shop.customer}/transactions.csv?asset=points&vendorId=${shop.vendor}`;
    const answer = await fetch(shop.api.url + path, {
      headers: { Authorization: `Bearer ${shop.tokens.customer}` },
    });
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [header = '', ...lines] = (await answer.text()).trim().split(/\r?\n/);
    const columns = header.split(',');
    const told = lines.map((line) => {
      const cells = line.split(',');
      return ['type', 'amount', 'balanceAfter'].map((name) => cells[columns.indexOf(name)]).join(' ');
    });
    expect(told).toEqual(['earned 20 110', 'spent -10 90', 'adjustment 100 100']);
  });
});
