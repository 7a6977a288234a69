import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StripeEvent } from './event.ts';
import { factsOf } from './facts-of-event.ts';

function event(type: string, object: Record<string, unknown>): StripeEvent {
  return { id: 'evt_1', type, created: 100, livemode: false, data: { object } };
}

describe('an invoice', () => {
  const line = { amount: 1_000, quantity: 2, period: { start: 10, end: 20 } };
  const old = {
    id: 'in_1',
    customer: { id: 'cus_1', object: 'customer' },
    subscription: 'sub_1',
    subscription_details: { metadata: { userId: 'ann' } },
    charge: 'ch_1',
    payment_intent: 'pi_1',
    amount_paid: 1_000,
    lines: { data: [{ ...line, type: 'subscription', price: { id: 'price_1', type: 'recurring' } }] },
  };
  const current = {
    id: 'in_1',
    customer: 'cus_1',
    parent: { subscription_details: { subscription: 'sub_1', metadata: { userId: 'ann' } } },
    payments: { data: [{ payment: { payment_intent: 'pi_1', charge: 'ch_1' } }] },
    amount_paid: 1_000,
    lines: {
      data: [
        {
          ...line,
          pricing: { price_details: { price: 'price_1' } },
          parent: { type: 'subscription_item_details', subscription_item_details: { proration: false } },
        },
      ],
      has_more: false,
    },
  };

  it.each([
    ['before', old],
    ['since', current],
  ])('says the same as API versions %s 2025-03-31 write it', (_, object) => {
    const facts = factsOf(event('invoice.paid', object));
    expect(facts).toMatchObject({
      owner: { customer: 'cus_1', subscription: 'sub_1', userIds: ['ann'] },
      paid: {
        paidWith: 'in_1',
        amount: 1_000,
        subscription: 'sub_1',
        lines: [{ kind: 'recurring', price: 'price_1', quantity: 2, amount: 1_000, start: 10, end: 20 }],
      },
    });
    expect([...(facts?.payment ?? [])].sort()).toEqual(['ch_1', 'in_1', 'pi_1']);
  });

  it('whose lines go on elsewhere does not say what was paid for', () => {
    const lines = { ...current.lines, has_more: true };
    expect(factsOf(event('invoice.paid', { ...current, lines }))?.paid?.lines).toBeNull();
  });

  it('that could not be collected says so, and that nothing was paid', () => {
    expect(factsOf(event('invoice.payment_failed', { ...current, attempt_count: 2 }))).toMatchObject({
      paid: null,
      unpaid: { invoice: 'in_1', attempt: 2 },
    });
  });
});

describe('a session', () => {
  const session = { id: 'cs_1', mode: 'payment', payment_status: 'paid', client_reference_id: 'ann' };

  it.each([
    ['payment', 'paid', true],
    ['payment', 'no_payment_required', true],
    ['payment', 'unpaid', false],
    ['subscription', 'paid', true],
    ['subscription', 'no_payment_required', false],
    ['subscription', 'unpaid', false],
    ['setup', 'no_payment_required', false],
  ])('of a %s that is %s: %s', (mode, status, isPaid) => {
    const facts = factsOf(event('checkout.session.completed', { ...session, mode, payment_status: status }));
    expect(facts?.owner.userIds).toEqual(['ann']);
    expect(facts?.paid !== null).toBe(isPaid);
  });
});

it.each([
  ['checkout.session.completed', { id: 'cs_1', payment_status: 'paid', metadata: { orderId: 'o' } }],
  ['refund.updated', { id: 're_1', charge: 'ch_1', amount: 1, status: 'succeeded' }],
  ['refund.failed', { id: 're_1', amount: 1, status: 'failed' }],
  ['payment_intent.succeeded', { id: 'pi_1' }],
  ['checkout.session.expired', { id: 'cs_1' }],
])('leaves %s with %j to others', (type, object) => {
  expect(factsOf(event(type, object))).toBeNull();
});

describe('what goes back of an order', () => {
  const charge = { id: 'ch_1', payment_intent: 'pi_1', amount: 9, amount_refunded: 4, metadata: { orderId: 'o' } };

  it('is told by its charge, as a total', () => {
    expect(factsOf(event('charge.refunded', charge))).toMatchObject({
      payment: ['ch_1', 'pi_1', 'o'],
      charge: null,
      order: { orderId: 'o', outcome: 'refunded', charge: 'ch_1', intent: 'pi_1', refundedMinor: 4 },
    });
  });

  it.each([
    ['refund.failed', { refundId: 'r' }, 'r'],
    ['charge.refund.updated', {}, null],
  ])('is told by %s to have failed', (type, own, refundId) => {
    const metadata = { orderId: 'o', ...own };
    const object = { id: 're_1', charge: 'ch_1', payment_intent: 'pi_1', amount: 4, status: 'failed', metadata };
    expect(factsOf(event(type, object))).toMatchObject({
      payment: ['ch_1', 'pi_1', 'o'],
      failedRefund: null,
      order: { orderId: 'o', outcome: 'refund_failed', refund: 're_1', amount: 4, refundId },
    });
  });
});

it.each([
  ['refund.failed', 'failed'],
  ['refund.updated', 'canceled'],
  ['charge.refund.updated', 'failed'],
])('hears from %s that a refund came to nothing', (type, status) => {
  const object = { id: 're_1', charge: 'ch_1', payment_intent: 'pi_1', amount: 300, status };
  expect(factsOf(event(type, object))).toMatchObject({
    failedRefund: { id: 're_1', charge: 'ch_1', amount: 300 },
    payment: ['ch_1', 'pi_1'],
    charge: null,
  });
});

it('reads whatever is in an event of any type without failing', () => {
  const types = fc.constantFrom(
    'checkout.session.completed',
    'invoice.paid',
    'invoice_payment.paid',
    'customer.updated',
    'customer.subscription.deleted',
    'charge.refunded',
    'charge.refund.updated',
    'charge.dispute.closed',
  );
  const names = fc.constantFrom(
    'id',
    'customer',
    'metadata',
    'lines',
    'parent',
    'payment',
    'line_items',
    'charge',
    'data',
  );
  const object = fc.dictionary(names, fc.anything());
  fc.assert(
    fc.property(types, object, (type, given) => {
      expect(() => factsOf(event(type, { id: 'x_1', ...given }))).not.toThrow();
    }),
    { numRuns: 500 },
  );
});
