import { describe, expect, it } from 'vitest';
import { openShop } from '../../support/shop.ts';

describe('checking out', () => {
  it('charges the card, moves the stock and the points: 100 - 50 + 25 = 75 (004-05…09, 004-13…16)', async () => {
    const shop = await openShop({ stock: 10 });
    await shop.givePoints(shop.customer, 100);

    const answer = await shop.checkOut({ items: [{ productId: shop.product, quantity: 2 }], redeemPoints: 50 });
    expect(answer.body).toMatchObject({
      status: 'succeeded',
      outcome: {
        status: 'paid',
        subtotalMinor: 5_000,
        discountMinor: 2_500,
        totalMinor: 2_500,
        currency: 'EUR',
        pointsRedeemed: 50,
        pointsEarned: 25,
        pointsBalance: 75,
      },
    });
    const { orderId } = answer.body.outcome;
    const read = async (path: string) => (await shop.api.request('GET', path, { token: shop.tokens.customer })).body;
    expect(answer.body.links.order).toBe(`/v1/orders/${orderId}`);
    expect(await read(`/v1/orders/${orderId}`)).toMatchObject({ id: orderId, status: 'paid', totalMinor: 2_500 });
    expect(await read(`/v1/products/${shop.product}`)).toMatchObject({ stock: 8, reserved: 0, sold: 2 });
    expect((await read(`/v1/users/${shop.customer}/balance`)).points).toEqual([
      { vendorId: shop.vendor, available: 75, held: 0, pending: 0, debt: 0, expiring: [] },
    ]);
    const { data } = await read(`/v1/users/${shop.customer}/transactions?asset=points&vendorId=${shop.vendor}`);
    expect(data.map(({ type, amount, balanceAfter }: Record<string, unknown>) => [type, amount, balanceAfter])).toEqual(
      [
        ['earned', 25, 75],
        ['spent', -50, 50],
        ['adjustment', 100, 100],
      ],
    );
    expect([...shop.book.charges.values()].map(({ amount }) => amount)).toEqual([2_500]);
  });

  it('releases everything when the card is declined', async () => {
    const shop = await openShop({ stock: 10 });
    await shop.givePoints(shop.customer, 100);
    const answer = await shop.checkOut({ redeemPoints: 10, paymentMethod: 'pm_card_chargeDeclined' });
    expect(answer.body).toMatchObject({
      status: 'rejected',
      rejection: { code: 'payment_failed', details: { declineCode: 'generic_decline' } },
    });
    const read = async (path: string) => (await shop.api.request('GET', path, { token: shop.tokens.customer })).body;
    expect(await read(`/v1/products/${shop.product}`)).toMatchObject({ stock: 10, reserved: 0, sold: 0 });
    expect((await read(`/v1/users/${shop.customer}/balance`)).points).toMatchObject([{ available: 100, held: 0 }]);
  });

  it('refunds in part and in full', async () => {
    const shop = await openShop({ stock: 10 });
    await shop.givePoints(shop.customer, 100);
    const { body } = await shop.checkOut({ items: [{ productId: shop.product, quantity: 2 }], redeemPoints: 50 });
    const { orderId } = body.outcome;
    const refund = (wanted: object) => shop.post(shop.tokens.vendor, `/v1/orders/${orderId}/refund`, wanted);

    const part = await refund({ amountMinor: 1_000 });
    expect(part.body).toMatchObject({ outcome: { refundedMinor: 1_000, pointsReturned: 20, pointsReversed: 10 } });
    const rest = await refund({ returnItems: [{ productId: shop.product, quantity: 2 }] });
    expect(rest.body).toMatchObject({ outcome: { refundedMinor: 1_500, pointsReturned: 30, pointsReversed: 15 } });
    const more = await refund({});
    expect(more.body).toMatchObject({ rejection: { code: 'not_refundable' } });
    const read = async (path: string) => (await shop.api.request('GET', path, { token: shop.tokens.customer })).body;
    expect(await read(`/v1/orders/${orderId}`)).toMatchObject({ status: 'refunded', refundedMinor: 2_500 });
    expect(await read(`/v1/products/${shop.product}`)).toMatchObject({ stock: 10, sold: 0 });
    expect((await read(`/v1/users/${shop.customer}/balance`)).points).toMatchObject([{ available: 100 }]);
  });
});
