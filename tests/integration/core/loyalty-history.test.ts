import { expect, it } from 'vitest';
import { confirmIntent } from '../../../bin/demo/fake-stripe/intents.ts';
import { openShop } from '../../support/shop.ts';
import { expectAgreement, pointsIn, quiet, untilStatus } from '../../support/shop-books.ts';
import { begin, beginWithAction } from '../../support/shop-checkouts.ts';

/* What a customer has been to a vendor is read only where rules ask for it: then it must have been. A piece earns 25. */

const firstOrderBonus = 50;
const tiers = [{ name: 'silver', fromPoints: 60, earnPercent: 200 }];
const paidByCard = { redeemPoints: 0 };

it.each([
  ['a first order and tiers', { firstOrderBonus, tiers }, [75, 125]],
  ['a first order', { firstOrderBonus }, [75, 100]],
  ['tiers', { tiers: [{ name: 'silver', fromPoints: 25, earnPercent: 200 }] }, [25, 75]],
  ['neither', {}, [25, 50]],
])('counts for rules with %s', async (_, loyalty, expected) => {
  const shop = await openShop({ loyalty });
  for (const available of expected) {
    await untilStatus(shop, await begin(shop, paidByCard), 'succeeded');
    await quiet(shop);
    expect(await pointsIn(shop)).toMatchObject({ available });
  }
  await expectAgreement(shop);
});

it('counts by the rules of the order, also when the vendor has other ones since', async () => {
  const shop = await openShop({ loyalty: { firstOrderBonus } });
  await untilStatus(shop, await begin(shop, paidByCard), 'succeeded');
  const { id, intent } = await beginWithAction(shop, paidByCard);
  await shop.putVendor({});
  confirmIntent(shop.book, intent);
  await shop.tell();
  await untilStatus(shop, id, 'succeeded');
  await quiet(shop);
  // It is no first order: who did not look would give the bonus again.
  expect(await pointsIn(shop)).toMatchObject({ available: 100 });
});
