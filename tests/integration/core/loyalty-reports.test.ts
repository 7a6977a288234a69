import { describe, expect, it } from 'vitest';
import { paidStep, readOrderToPay } from '../../../db/orders/payments.ts';
import { resolveItem, retryItem } from '../../../db/reconciliation.ts';
import { reconciliationItemIdOf, scheduledIdOf, type Uuid } from '../../../shared/domain/ids.ts';
import { orderNumberOf, pointsOf } from '../../../shared/domain/shop.ts';
import { analystOf } from '../../support/analyst.ts';
import { applyAll } from '../../support/batches.ts';
import { clara, eve, idOf } from '../../support/builders.ts';
import { openHistory } from '../../support/history-database.ts';
import { shopHistory, switchLoyalty } from '../../support/history-shop.ts';
import { recordSteps } from '../../support/record-steps.ts';

/*
 * The monitoring and integrity queries that the predecessor of checkout was watched with, as its operators wrote them:
 * with the role `reporting`, naming the views only (004-27…34, 004-48).
 */

const queries = {
  unresolved: `
    select q.id, q.order_id, c.first_name, c.last_name, o.order_number, q.points_earned, q.points_redeemed, q.error
    from loyalty_reconciliation_queue q
    left join customers c on c.id = q.customer_id
    left join orders o on o.id = q.order_id
    where q.resolved = false
    order by q.created_at desc`,
  lastTransactions: `
    select * from loyalty_transactions where customer_id = $1 order by created_at desc limit 10`,
  redemptionHistory: `
    select lt.created_at, lt.points, lt.balance_before, lt.balance_after, o.order_number
    from loyalty_transactions lt
    left join orders o on o.id::text = lt.reference_id
    where lt.customer_id = $1 and lt.transaction_type = 'spent' and lt.reference_type = 'order'
    order by lt.created_at desc`,
  recentActivity: `
    select lt.created_at, c.first_name, lt.transaction_type, lt.points, lt.balance_before, lt.balance_after, o.order_number
    from loyalty_transactions lt
    join customers c on c.id = lt.customer_id
    left join orders o on lt.reference_type = 'order' and lt.reference_id = o.id::text
    order by lt.created_at desc limit 20`,
  redemptionsPerDay: `
    select date(created_at) as day, count(*)::int as redemptions, sum(abs(points))::int as points
    from loyalty_transactions where transaction_type = 'spent'
    group by date(created_at) order by 1 desc`,
  losses: `
    select count(*)::int as unresolved, sum(points_earned)::int as lost, sum(points_redeemed)::int as incorrect
    from loyalty_reconciliation_queue where not resolved`,
  discrepancies: `
    select c.id, c.loyalty_points::int as stored, coalesce(sum(lt.points), 0)::int as calculated,
           (c.loyalty_points - coalesce(sum(lt.points), 0))::int as discrepancy
    from customers c left join loyalty_transactions lt on lt.customer_id = c.id
    where c.is_active = true
    group by c.id, c.loyalty_points
    having c.loyalty_points <> coalesce(sum(lt.points), 0)
    order by abs(c.loyalty_points - coalesce(sum(lt.points), 0)) desc`,
} as const;

const { vendor, paid, due, closed, free, late, waiting } = shopHistory;
const accountOf = (customerId: Uuid) => pointsOf({ customerId, vendorId: vendor });
const itemOf = (orderId: Uuid) => reconciliationItemIdOf('operation', scheduledIdOf('loyalty.apply', orderId));

async function setup() {
  const { databaseUrl, owner, app } = await openHistory();
  const analyst = await analystOf({ owner, databaseUrl });
  const ask = async (text: string, values: readonly unknown[] = []) => (await analyst.query(text, [...values])).rows;
  return { owner, app, ask };
}

describe('the queue of points that could not be settled', () => {
  it('names customer and order, newest first, and says when a person has closed it (004-27, 004-28, 004-34)', async () => {
    const { app, ask } = await setup();
    expect(await ask(queries.losses)).toEqual([{ unresolved: 1, lost: 22, incorrect: 6 }]);
    await switchLoyalty(app, false);
    const order = await readOrderToPay(app, waiting);
    if (order === null) throw new Error('the order that waits is gone');
    await recordSteps(app, [paidStep(order, 'pi_later')]);
    await applyAll(app);

    const error = expect.stringContaining('loyalty is switched off');
    expect(await ask(queries.unresolved)).toEqual([
      {
        id: itemOf(waiting),
        order_id: waiting,
        first_name: 'eve',
        last_name: 'Test',
        order_number: orderNumberOf(waiting),
        points_earned: '20',
        points_redeemed: '10',
        error,
      },
      {
        id: itemOf(due),
        order_id: due,
        first_name: 'clara',
        last_name: 'Test',
        order_number: orderNumberOf(due),
        points_earned: '22',
        points_redeemed: '6',
        error,
      },
    ]);
    expect(await ask(queries.losses)).toEqual([{ unresolved: 2, lost: 42, incorrect: 16 }]);

    await resolveItem(app, { itemId: itemOf(due), by: idOf('ops'), note: 'told them' });
    expect(await ask(queries.losses)).toEqual([{ unresolved: 1, lost: 20, incorrect: 10 }]);
    const rows = await ask('select * from loyalty_reconciliation_queue where resolved order by created_at');
    expect(rows).toMatchObject([
      { order_id: due, customer_id: accountOf(clara), points_earned: '22', points_redeemed: '6' },
      { order_id: closed, customer_id: accountOf(clara), points_earned: '24', points_redeemed: '2' },
    ]);
    for (const row of rows) expect(row.resolved_at.getTime()).toBeGreaterThanOrEqual(row.created_at.getTime());
    const open = await ask('select resolved_at from loyalty_reconciliation_queue where not resolved');
    expect(open).toEqual([{ resolved_at: null }]);
  });

  it('is emptied by applying the points again, once (004-29)', async () => {
    const { app, ask } = await setup();
    const [before] = await ask('select loyalty_points::int as points from customers where id = $1', [accountOf(clara)]);
    for (const note of ['it is on again', 'once more']) {
      await retryItem(app, { itemId: itemOf(due), by: idOf('ops'), note });
      await applyAll(app);
    }
    expect(await ask(queries.unresolved)).toEqual([]);
    expect(await ask(queries.losses)).toEqual([{ unresolved: 0, lost: null, incorrect: null }]);
    const [after] = await ask('select loyalty_points::int as points from customers where id = $1', [accountOf(clara)]);
    expect(after.points).toBe(before.points - 6 + 22);
    const rows = await ask('select resolved, resolved_at from loyalty_reconciliation_queue where order_id = $1', [due]);
    expect(rows).toEqual([{ resolved: true, resolved_at: expect.any(Date) }]);
  });
});

describe('transactions of points', () => {
  it("show a customer's last ones, each from balance to balance (004-30, 004-31)", async () => {
    const { ask } = await setup();
    const rows = await ask(queries.lastTransactions, [accountOf(clara)]);
    const [second = '', first = '', ...earlier] = rows.map(({ transaction_type: type, points }) => `${type} ${points}`);
    // The two sides of one refund, in whichever order.
    expect([first, second].toSorted()).toEqual(['refunded 20', 'reversed -10']);
    expect(earlier).toEqual(['earned 23', 'spent -4', 'earned 25', 'spent -50', 'spent -50', 'adjustment 300']);
    for (const row of rows) expect(Number(row.balance_after) - Number(row.balance_before)).toBe(Number(row.points));
    expect(rows[0]).toMatchObject({ reference_type: 'order', reference_id: paid });

    const redeemed = await ask(queries.redemptionHistory, [accountOf(clara)]);
    expect(redeemed.map((row) => [row.order_number, row.points, row.balance_before, row.balance_after])).toEqual([
      [orderNumberOf(late), '-4', '225', '221'],
      [orderNumberOf(paid), '-50', '250', '200'],
      [orderNumberOf(free), '-50', '300', '250'],
    ]);
  });

  it('show what has happened lately, and what is redeemed each day (004-32, 004-33)', async () => {
    const { owner, ask } = await setup();
    const recent = await ask(queries.recentActivity);
    const all = await ask('select count(*)::int as n from loyalty_transactions');
    expect(recent).toHaveLength(Math.min(20, all[0].n));
    expect(recent.filter(({ transaction_type: type }) => type !== 'adjustment' && type !== 'reversed')).toSatisfy(
      (rows: { readonly order_number: string | null }[]) => rows.every(({ order_number: number }) => number !== null),
    );

    await owner.query(
      `update transfers set created_at = created_at - interval '1 day' where reference_id = $1 and debit_type = 'spent'`,
      [free],
    );
    const days = await ask(queries.redemptionsPerDay);
    expect(days.map(({ redemptions, points }) => [redemptions, points])).toEqual([
      [2, 54],
      [1, 50],
    ]);
  });

  it('sum to the balances of active customers, what they began with included; else it is seen, largest first (004-46, 004-48)', async () => {
    const { owner, ask } = await setup();
    expect(await ask(queries.discrepancies)).toEqual([]);
    const [customers] = await ask('select count(*)::int as n from customers where is_active');
    expect(customers.n).toBeGreaterThanOrEqual(3);

    await owner.query(`update accounts set balance = balance + 1 where id = $1`, [accountOf(clara)]);
    await owner.query(`update accounts set balance = balance + 3 where id = $1`, [accountOf(eve)]);
    expect((await ask(queries.discrepancies)).map(({ id, discrepancy }) => [id, discrepancy])).toEqual([
      [accountOf(eve), 3],
      [accountOf(clara), 1],
    ]);

    // Whoever is not active any more is not asked about, and is still there.
    await owner.query(`update users set active = false where id = $1`, [eve]);
    expect((await ask(queries.discrepancies)).map(({ id }) => id)).toEqual([accountOf(clara)]);
    await owner.query(`update users set deleted_at = now() where id = $1`, [clara]);
    expect(await ask(queries.discrepancies)).toEqual([]);
    const names = await ask('select user_id, vendor_id, first_name, is_active from customers where id = $1', [
      accountOf(eve),
    ]);
    expect(names).toEqual([{ user_id: eve, vendor_id: vendor, first_name: 'eve', is_active: false }]);
  });
});

it('shows orders in major units of their currency', async () => {
  const { owner, ask } = await setup();
  const totalOf = async () => (await ask('select total::text from orders where id = $1', [paid]))[0].total;
  expect(await totalOf()).toBe('25.00');
  for (const [currency, total] of [
    ['JPY', '2500'],
    ['KWD', '2.500'],
  ]) {
    await owner.query('update orders set currency = $2 where id = $1', [paid, currency]);
    expect([currency, await totalOf()]).toEqual([currency, total]);
  }
});

it('has the names and columns of the contract, in its order (004-21)', async () => {
  const { owner } = await setup();
  const { rows } = await owner.query(
    `select table_name as view, string_agg(column_name, ', ' order by ordinal_position) as columns
     from information_schema.columns where table_schema = 'reporting' group by 1`,
  );
  expect(Object.fromEntries(rows.map(({ view, columns }) => [view, columns]))).toMatchObject({
    customers: 'id, user_id, vendor_id, first_name, last_name, loyalty_points, is_active, created_at',
    orders: 'id, order_number, customer_id, vendor_id, status, total, created_at',
    loyalty_transactions:
      'id, customer_id, points, transaction_type, balance_before, balance_after, reference_type, reference_id, ' +
      'description, created_at',
    loyalty_reconciliation_queue:
      'id, customer_id, order_id, points_earned, points_redeemed, error, resolved, created_at, resolved_at',
  });
});
