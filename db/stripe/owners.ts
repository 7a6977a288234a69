import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Owner } from '../../shared/stripe/facts.ts';
import type { Tx } from '../client.ts';

const uuid = z.guid().toLowerCase();

/**
 * Whose something of Stripe's is: who the event itself names, else who was named before with the same subscription or
 * customer. Whoever is named is remembered for both; the first one stays, so that the order of events does not matter to
 * those that name nobody. Null for nobody in the directory, and for who has been deleted.
 */
export async function ownerOf(tx: Tx, { userIds, subscription, customer }: Owner): Promise<Uuid | null> {
  const stripeIds = [subscription, customer].flatMap((id) => id ?? []);
  const named = await firstUser(
    tx,
    userIds.flatMap((given) => uuid.safeParse(given).data ?? []),
  );
  if (named === null) return remembered(tx, stripeIds);
  if (stripeIds.length > 0) {
    await tx.db.execute(sql`
      insert into stripe_owners (stripe_id, user_id)
      select stripe_id, ${named}::uuid from unnest(${sql.param(stripeIds)}::text[]) as stripe_id on conflict do nothing`);
  }
  return named;
}

async function firstUser({ db }: Tx, ids: readonly Uuid[]): Promise<Uuid | null> {
  if (ids.length === 0) return null;
  const { rows } = await db.execute<{ id: Uuid }>(sql`
    select u.id from unnest(${sql.param(ids)}::uuid[]) with ordinality as given (id, position)
    join users u on u.id = given.id and u.deleted_at is null order by position limit 1`);
  return rows[0]?.id ?? null;
}

async function remembered({ db }: Tx, stripeIds: readonly string[]): Promise<Uuid | null> {
  if (stripeIds.length === 0) return null;
  const { rows } = await db.execute<{ id: Uuid }>(sql`
    select u.id from unnest(${sql.param(stripeIds)}::text[]) with ordinality as given (id, position)
    join stripe_owners o on o.stripe_id = given.id
    join users u on u.id = o.user_id and u.deleted_at is null order by position limit 1`);
  return rows[0]?.id ?? null;
}
