import { expect, it } from 'vitest';
import { checkOut, openBook } from '../../../bin/demo/fake-stripe/book.ts';
import { advance } from '../../../bin/demo/fake-stripe/subscriptions.ts';
import { putPlan } from '../../../db/plans.ts';
import { readBalance } from '../../../db/queries/credits.ts';
import { explainBalances } from '../../../db/queries/explained-balance.ts';
import { readAs } from '../../../db/queries/read-as.ts';
import { runSchedule } from '../../../db/schedules.ts';
import { receiveEvent } from '../../../db/stripe/inbox.ts';
import { stripeEvent } from '../../../shared/stripe/event.ts';
import { giveMonthlyParts } from '../../../workers/schedules/give-monthly-parts.ts';
import { applyAll } from '../../support/batches.ts';
import { idOf } from '../../support/builders.ts';
import { accept, addPeople, type Marketplace, openMarketplace, violations } from '../../support/marketplace.ts';
import { creditsOf } from '../../support/plans.ts';
import { allocation, transfer } from '../../support/requests.ts';
import { basic, yearly } from '../../support/stripe-stories.ts';

/* How much of earlier periods a plan lets roll over into the next one. */

const [ann, bob] = [idOf('ann'), idOf('bob')];

async function setup(changes: { readonly rolloverMax: number | null; readonly expiresAfterDays?: number }) {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, [ann, bob]);
  const gives = { creditsPerPeriod: 10, expiresAfterDays: null, ...changes };
  await putPlan(marketplace.app, idOf('basic'), { name: 'Basic', stripePriceId: basic.id, drip: null, ...gives });
  await putPlan(marketplace.app, idOf('yearly'), {
    name: 'A year',
    stripePriceId: yearly.id,
    drip: 'monthly',
    ...gives,
    creditsPerPeriod: 120,
  });
  const book = openBook('r', { shape: 'new', withLines: true });
  let told = 0;
  /** What has been written into the book since, and what it has come to. */
  const tell = async () => {
    for (const event of book.events.slice(told)) {
      await receiveEvent(marketplace.app, stripeEvent.parse(event), { origin: 'webhook', hasMail: false });
    }
    told = book.events.length;
    await applyAll(marketplace.app);
    return creditsOf(marketplace, ann);
  };
  /** The period that is running ends, and is paid for again. */
  const renew = () => {
    for (const { periodEnd } of [...book.subscriptions.values()]) advance(book, periodEnd);
    return tell();
  };
  return { marketplace, book, tell, renew };
}

async function expiriesOf({ owner }: Marketplace): Promise<number[]> {
  const { rows } = await owner.query<{ amount: number }>(
    `select amount::int from transfers where debit_account = $1 and debit_type = 'expiry' order by seq`,
    [ann],
  );
  return rows.map(({ amount }) => amount);
}

it('takes back what is left beyond the limit when a period begins, and nothing that came otherwise', async () => {
  const { marketplace, book, tell, renew } = await setup({ rolloverMax: 4 });
  checkOut(book, { items: [{ price: basic, quantity: 1 }], userId: ann });
  expect(await tell()).toBe(10);
  await accept(marketplace, [allocation(ann, 5), transfer(ann, bob, 3)]);
  expect(await tell()).toBe(12);

  // 7 of the 10 are left, for credits of a plan that limits them are spent before others.
  expect(await renew()).toBe(5 + 4 + 10);
  expect(await expiriesOf(marketplace)).toEqual([3]);
  expect(await renew()).toBe(5 + 4 + 10);
  expect(await expiriesOf(marketplace)).toEqual([3, 10]);

  // They have no end, and say so.
  const { balance, explained } = await readAs(marketplace.app, { id: ann, isOperator: true }, async (tx) => ({
    balance: await readBalance(tx, ann),
    explained: (await explainBalances(tx, ann)).credits,
  }));
  expect(balance).toMatchObject({ balance: 19, overdue: 0, expiring: [] });
  expect(explained.lots.map(({ remaining, expiresAt, isOver }) => [remaining, expiresAt, isOver])).toEqual([
    [4, null, false],
    [10, null, false],
  ]);
  expect(await violations(marketplace)).toEqual({});
});

it('lets everything roll over without a limit, and nothing with none', async () => {
  const free = await setup({ rolloverMax: null });
  checkOut(free.book, { items: [{ price: basic, quantity: 1 }], userId: ann });
  await free.renew();
  expect(await free.renew()).toBe(30);
  expect((await free.marketplace.owner.query('select from lots')).rowCount).toBe(0);

  const strict = await setup({ rolloverMax: 0, expiresAfterDays: 400 });
  checkOut(strict.book, { items: [{ price: basic, quantity: 3 }], userId: ann });
  await strict.tell();
  expect(await strict.renew()).toBe(30);
  expect(await expiriesOf(strict.marketplace)).toEqual([30]);
  expect(await violations(strict.marketplace)).toEqual({});
});

it('counts for each of the quantity, and for the monthly parts of a year', async () => {
  const { marketplace, book, tell } = await setup({ rolloverMax: 4 });
  checkOut(book, { items: [{ price: yearly, quantity: 2 }], userId: ann });
  expect(await tell()).toBe(20);
  await marketplace.owner.query('update stripe_purchases set next_part_at = now()');
  await runSchedule(marketplace.app, giveMonthlyParts);
  expect(await tell()).toBe(8 + 20);
  expect(await expiriesOf(marketplace)).toEqual([12]);
  expect(await violations(marketplace)).toEqual({});
});
