import { expect, it } from 'vitest';
import { runAudit } from '../../../db/audit.ts';
import { paidSteps, readOrderToPay } from '../../../db/orders/payments.ts';
import { retryItem } from '../../../db/reconciliation.ts';
import { reconciliationItemIdOf, scheduledIdOf } from '../../../shared/domain/ids.ts';
import { idOf } from '../../support/builders.ts';
import { applyAll } from '../../support/history.ts';
import { openHistory } from '../../support/history-database.ts';
import { shopHistory } from '../../support/history-shop.ts';
import { recordSteps } from '../../support/record-steps.ts';

it('settles the points of an order that was settled itself only when a person asked for it once more', async () => {
  const { owner, app } = await openHistory();
  const { waiting: orderId } = shopHistory;
  const order = await readOrderToPay(app, orderId);
  if (order === null) throw new Error('the order that waits is gone');
  const stateOf = async () => {
    const { rows } = await owner.query(
      `select o.status, o.loyalty, p.status as checkout from orders o join operations p on p.id = o.id where o.id = $1`,
      [orderId],
    );
    return rows[0];
  };

  // A bug, as far as the database can have one: the sale cannot be written, and its points wait for it.
  await owner.query(`alter table orders add constraint no_sales check (status <> 'paid') not valid`);
  await recordSteps(app, paidSteps(order, 'pi_broken'));
  await applyAll(app);
  expect(await stateOf()).toEqual({ status: 'awaiting_payment', loyalty: 'none', checkout: 'processing' });

  await owner.query('alter table orders drop constraint no_sales');
  for (const kind of ['loyalty.apply', 'checkout.settle', 'loyalty.apply', 'loyalty.apply']) {
    const itemId = reconciliationItemIdOf('operation', scheduledIdOf(kind, orderId));
    await retryItem(app, { itemId, by: idOf('ops'), note: 'mended' });
    await applyAll(app);
  }
  expect(await stateOf()).toEqual({ status: 'paid', loyalty: 'settled', checkout: 'succeeded' });
  const { rows } = await owner.query(
    `select debit_type as type, count(*)::int as times from transfers where reference_id = $1 group by 1 order by 1`,
    [orderId],
  );
  expect(rows).toEqual([
    { type: 'earned', times: 1 },
    { type: 'spent', times: 1 },
  ]);
  const { checks } = await runAudit(owner);
  expect(checks.filter(({ violations }) => violations > 0)).toEqual([]);
});
