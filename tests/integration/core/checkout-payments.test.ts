import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { confirmIntent } from '../../../bin/demo/fake-stripe/intents.ts';
import { operationIdOf } from '../../../shared/domain/ids.ts';
import { expectAgreement, pointsIn, quiet, runOut, stockOf, tellAgain, untilStatus } from '../../support/shop-books.ts';
import {
  begin,
  beginWithAction,
  expectPaid,
  expectReleased,
  openWithPoints,
  pay,
} from '../../support/shop-checkouts.ts';
import { until } from '../../support/until.ts';

/*
 * Every answer of the card network, and the orders in which answer, webhook and time can come (004-05…08, 004-11): one
 * charge at most, and rows that agree with it.
 */

describe('an answer that says what has happened', () => {
  it('declined: everything is given back, however often it is told (004-11)', async () => {
    const shop = await openWithPoints();
    const id = await begin(shop, { paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds' });
    const { rejection } = await untilStatus(shop, id, 'rejected');
    expect(rejection).toMatchObject({ code: 'payment_failed', details: { declineCode: 'insufficient_funds' } });
    await shop.tell();
    await tellAgain(shop);
    await expectReleased(shop);
  });

  it('paid: told by the webhook too, twice, it is paid once', async () => {
    const shop = await openWithPoints();
    const id = await begin(shop);
    await untilStatus(shop, id, 'succeeded');
    await shop.tell();
    await tellAgain(shop);
    await expectPaid(shop);
  });

  it('too many requests: asked again', async () => {
    const shop = await openWithPoints();
    shop.stripe.faults.plan('/v1/payment_intents', 'rate_limited');
    await untilStatus(shop, await begin(shop), 'succeeded');
    await expectPaid(shop);
  });

  it('the webhook comes before the answer', async () => {
    const shop = await openWithPoints();
    shop.stripe.faults.plan('/v1/payment_intents', 'slow');
    const id = await begin(shop);
    await until('it is charged', () => shop.book.charges.size === 1);
    await shop.tell();
    await untilStatus(shop, id, 'succeeded');
    shop.stripe.faults.release();
    await expectPaid(shop);
    expect(shop.stripe.calls.filter((call) => call === 'POST /v1/payment_intents')).toHaveLength(1);
  });
});

describe('a customer who has to act', () => {
  it('sees with what, and has points and stock kept; confirmed, it is paid', async () => {
    const shop = await openWithPoints();
    const { id, intent, operation } = await beginWithAction(shop);
    expect(operation).toMatchObject({ status: 'processing', links: { clientSecret: `${intent}_secret` } });
    expect(await stockOf(shop)).toEqual([9, 1, 0]);
    expect(await pointsIn(shop)).toMatchObject({ available: 80, held: 20 });

    confirmIntent(shop.book, intent);
    await shop.tell();
    await untilStatus(shop, id, 'succeeded');
    await tellAgain(shop);
    await expectPaid(shop);
  });

  it('is declined then: everything is given back', async () => {
    const shop = await openWithPoints();
    const { id, intent } = await beginWithAction(shop);
    confirmIntent(shop.book, intent, 'authentication_required');
    await shop.tell();
    const { rejection } = await untilStatus(shop, id, 'rejected');
    expect(rejection.details).toEqual({ declineCode: 'authentication_required' });
    await tellAgain(shop);
    await expectReleased(shop);
  });

  it('does nothing: when the time is over everything is given back, and can not be paid any more', async () => {
    const shop = await openWithPoints();
    const { id, intent } = await beginWithAction(shop);
    await runOut(shop, id);
    const { rejection } = await untilStatus(shop, id, 'rejected');
    expect(rejection.details).toEqual({ declineCode: 'expired' });
    await until('it is cancelled', () => shop.book.intents.get(intent)?.status === 'canceled');
    await shop.tell();
    await tellAgain(shop);
    await expectReleased(shop);
  });

  it('keeps from others what is kept, until the time is over, whether or not anybody has looked (004-11)', async () => {
    const shop = await openWithPoints({ stock: 1 });
    const { id } = await beginWithAction(shop, { redeemPoints: 30 });
    const other = await shop.checkOut({ redeemPoints: 0 });
    expect(other.body.rejection).toMatchObject({ code: 'out_of_stock', details: { available: 0 } });

    await runOut(shop, id);
    const next = await shop.checkOut({ redeemPoints: 40 });
    expect(next.body).toMatchObject({ status: 'succeeded', outcome: { pointsRedeemed: 40 } });
    await untilStatus(shop, id, 'rejected');
    await quiet(shop);
    expect(await stockOf(shop)).toEqual([0, 0, 1]);
    await expectAgreement(shop);
  });
});

describe('an answer that says nothing', () => {
  it.each([1, 2, 5])('is lost %i times: asked again under the same key, charged once', async (times) => {
    const shop = await openWithPoints();
    for (let time = 0; time < times; time += 1) shop.stripe.faults.plan('/v1/payment_intents', 'lost');
    await untilStatus(shop, await begin(shop), 'succeeded');
    await expectPaid(shop);
  });

  it.each([false, true])('is a stored 500: the payment is found, also when the search is late: %s', async (isLate) => {
    const shop = await openWithPoints();
    shop.book.isSearchLate = isLate;
    shop.stripe.faults.plan('/v1/payment_intents', 'stored_500');
    const key = randomUUID();
    pay(shop, operationIdOf(shop.customer, key));
    const id = await begin(shop, {}, key);
    await untilStatus(shop, id, 'succeeded');
    await expectPaid(shop);
    await shop.tell();
    await expectPaid(shop);
  });

  it('is a stored 500 of a payment that was declined', async () => {
    const shop = await openWithPoints();
    shop.stripe.faults.plan('/v1/payment_intents', 'stored_500');
    const key = randomUUID();
    pay(shop, operationIdOf(shop.customer, key), 'pm_card_chargeDeclined');
    const { rejection } = await untilStatus(shop, await begin(shop, {}, key), 'rejected');
    expect(rejection.details).toEqual({ declineCode: 'generic_decline' });
    await expectReleased(shop);
  });
});
