import { sql } from 'drizzle-orm';
import type { Tx } from '../client.ts';

/** Keeps that these Stripe objects, and the order that they are about, belong to one payment. */
export async function relate({ db }: Tx, ids: readonly string[]): Promise<void> {
  const [first, ...others] = ids;
  for (const other of others) {
    await db.execute(sql`
      insert into stripe_relations (stripe_id, other_id) values (${first}, ${other}), (${other}, ${first})
      on conflict do nothing`);
  }
}

/** All objects of the payments that `ids` belong to, themselves included, however many steps apart. */
export async function paymentOf({ db }: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.execute<{ id: string }>(sql`
    with recursive related (id) as (
      select unnest(${sql.param(ids)}::text[])
      union
      select r.other_id from related join stripe_relations r on r.stripe_id = related.id
    )
    select id from related order by id`);
  return rows.map(({ id }) => id);
}
