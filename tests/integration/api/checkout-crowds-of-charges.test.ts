import { expect, it } from 'vitest';
import { openShop } from '../../support/shop.ts';

it('asks again when Stripe has too many requests, without counting that as an attempt', async () => {
  const shop = await openShop({ env: { RETRY_ATTEMPTS: '1' } });
  shop.stripe.faults.plan('/v1/payment_intents', 'rate_limited');
  shop.stripe.faults.plan('/v1/payment_intents', 'rate_limited');
  const answer = await shop.checkOut();
  expect(answer.body).toMatchObject({ status: 'succeeded', outcome: { status: 'paid' } });
  expect(shop.book.charges.size).toBe(1);
});

it('charges a crowd once each, and settles all of it', async () => {
  const shop = await openShop({ stock: 100 });
  const answers = await Promise.all(Array.from({ length: 40 }, () => shop.checkOut()));
  expect(answers.map(({ body }) => body.status)).toEqual(answers.map(() => 'succeeded'));
  expect(shop.book.charges.size).toBe(40);
  const { rows } = await shop.api.owner.query(`select status, count(*)::int as count from outbox
    where kind = 'payment.charge' group by 1`);
  expect(rows).toEqual([{ status: 'sent', count: 40 }]);
});
