import type pg from 'pg';
import { expect, it } from 'vitest';
import { runAudit } from '../../../db/audit.ts';
import { type OrderToPay, paidStep, readOrderToPay } from '../../../db/orders/payments.ts';
import { retryItem } from '../../../db/reconciliation.ts';
import { reconciliationItemIdOf, scheduledIdOf } from '../../../shared/domain/ids.ts';
import { runBatch } from '../../../workers/run-batch.ts';
import { applyAll, batchContextOf } from '../../support/batches.ts';
import { idOf } from '../../support/builders.ts';
import { openHistory } from '../../support/history-database.ts';
import { shopHistory, switchLoyalty } from '../../support/history-shop.ts';
import { recordSteps } from '../../support/record-steps.ts';

async function waitingOrder(app: pg.Pool): Promise<OrderToPay> {
  const order = await readOrderToPay(app, shopHistory.waiting);
  if (order === null) throw new Error('the order that waits is gone');
  return order;
}

it('records, with the sale, what settles points that could not move with it, and goes on with their lane at once', async () => {
  const { owner, app } = await openHistory();
  const order = await waitingOrder(app);
  await applyAll(app);
  await switchLoyalty(app, false);
  await recordSteps(app, [paidStep(order, 'pi_1')]);
  const lanes = [order.customerId];
  expect(await runBatch(batchContextOf(app), { lanes, operationsMax: 100, waits: true })).toMatchObject({
    unfinished: lanes,
  });

  const { rows } = await owner.query(`select status, payload from operations where id = $1`, [
    scheduledIdOf('loyalty.apply', order.id),
  ]);
  const payload = { orderId: order.id, customerId: order.customerId, pointsEarned: 20, pointsRedeemed: 10 };
  expect(rows).toMatchObject([{ status: 'accepted', payload }]);
});

it('settles an order and its points, once, when a person asks for it after all', async () => {
  const { owner, app } = await openHistory();
  const { waiting: orderId } = shopHistory;
  const order = await waitingOrder(app);
  const stateOf = async () => {
    const { rows } = await owner.query(
      `select o.status, o.loyalty, p.status as checkout from orders o join operations p on p.id = o.id where o.id = $1`,
      [orderId],
    );
    return rows[0];
  };

  // A bug, as far as the database can have one: the sale cannot be written.
  await owner.query(`alter table orders add constraint no_sales check (status <> 'paid') not valid`);
  await recordSteps(app, [paidStep(order, 'pi_broken')]);
  await applyAll(app);
  expect(await stateOf()).toEqual({ status: 'awaiting_payment', loyalty: 'none', checkout: 'processing' });

  await owner.query('alter table orders drop constraint no_sales');
  const itemId = reconciliationItemIdOf('operation', scheduledIdOf('checkout.settle', orderId));
  for (let times = 0; times < 2; times += 1) {
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
