import { releaseStep } from '../../db/orders/payments.ts';
import type { Schedule } from '../../db/schedules.ts';
import { statement } from '../../db/statement.ts';
import type { Uuid } from '../../shared/domain/ids.ts';

const ordersPerRound = 1_000;

const selectDue = statement<{ id: Uuid; customer_id: Uuid; until_ms: number }>(
  'read_orders_out_of_time',
  `select id, customer_id, (extract(epoch from reserved_until) * 1000)::float8 as until_ms
   from orders where reserved_until <= now() order by reserved_until limit ${ordersPerRound}`,
);

/** Orders that were not paid in time. Nothing depends on how soon: what they keep, whoever needs it may have anyway. */
export const releaseUnpaidOrders: Schedule = {
  name: 'release unpaid orders',
  due: async ({ client }) => {
    const { rows } = await selectDue(client, []);
    return rows.map(({ id, customer_id: customerId, until_ms: until }) =>
      releaseStep({ id, customerId }, 'expired', 'expired', until),
    );
  },
};
