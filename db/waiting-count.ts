import { type Queryable, statement } from './statement.ts';

// No operation below the low-water mark waits, so that the range is as long as the backlog and not as the table.
const countWaiting = statement<{ waiting: string }>(
  'count_waiting',
  `select count(*) as waiting from operations
   where accepted_at >= (select accepted_at from low_water) and status in ('accepted', 'retrying')`,
);

/** How many operations wait to be applied, in all lanes. Some 50 ms per 100,000. */
export async function readWaitingCount(on: Queryable): Promise<number> {
  const { rows } = await countWaiting(on, []);
  return Number(rows[0]?.waiting ?? 0);
}
