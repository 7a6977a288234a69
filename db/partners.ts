import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { poolOf, unclaimedOf } from '../shared/domain/accounts.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import { type MemberCap, memberIdOf, type Partner } from '../shared/domain/partner.ts';
import { lockAddresses, usersByAddress } from './addresses.ts';
import { type Tx, withTransaction } from './client.ts';
import { sqlStateOf } from './failures.ts';
import { statement } from './statement.ts';

/** A partner as it is put; every PUT replaces the whole. */
export interface PartnerEntry {
  readonly name: string;
  readonly ownerUserId: Uuid;
  readonly expiryDays: number;
  readonly onExpiry: Partner['onExpiry'];
  readonly memberCap: MemberCap | null;
}

/** `unknown-owner`: no such user; `owner-taken`: they own another partner already. */
export type PartnerPut = 'stored' | 'unknown-owner' | 'owner-taken';

const uniqueViolation = '23505';
const foreignKeyViolation = '23503';

/** Creates or replaces a partner; its accounts are there from the first moment on. Idempotent by id. */
export async function putPartner(pool: pg.Pool, id: Uuid, entry: PartnerEntry): Promise<PartnerPut> {
  const { name, ownerUserId, expiryDays, onExpiry, memberCap } = entry;
  try {
    await withTransaction(pool, async ({ db }) => {
      await db.execute(sql`
        insert into partners (id, name, owner_user_id, expiry_days, on_expiry, member_cap_credits, member_cap_days)
        values (${id}, ${name}, ${ownerUserId}, ${expiryDays}, ${onExpiry}, ${memberCap?.credits ?? null},
                ${memberCap?.days ?? null})
        on conflict (id) do update set
          name = excluded.name, owner_user_id = excluded.owner_user_id, expiry_days = excluded.expiry_days,
          on_expiry = excluded.on_expiry, member_cap_credits = excluded.member_cap_credits,
          member_cap_days = excluded.member_cap_days, updated_at = now()`);
      await db.execute(sql`
        insert into accounts (id, partner_id, purpose)
        values (${poolOf(id)}, ${id}, 'pool'), (${unclaimedOf(id)}, ${id}, 'unclaimed') on conflict do nothing`);
    });
    return 'stored';
  } catch (error) {
    if (sqlStateOf(error) === foreignKeyViolation) return 'unknown-owner';
    if (sqlStateOf(error) === uniqueViolation) return 'owner-taken';
    throw error;
  }
}

const selectOwner = statement<{ owner_user_id: Uuid }>(
  'read_partner_owner',
  'select owner_user_id from partners where id = $1',
);

/** Whose lane a partner's operations are in; null when there is no such partner. */
export async function ownerOfPartner(pool: pg.Pool, partnerId: Uuid): Promise<Uuid | null> {
  return (await selectOwner(pool, [partnerId])).rows[0]?.owner_user_id ?? null;
}

export interface MemberEntry {
  readonly email: string;
  readonly firstName: string;
  /** Absent: whoever has the address. */
  readonly userId?: Uuid | undefined;
}

export type MemberAdded =
  | { readonly status: 'added'; readonly id: Uuid }
  | { readonly status: 'no-partner' | 'exists' | 'unknown-user' };

/**
 * Adds a member to the partner of `ownerId`, or one that was removed again, under the same id. Their user, when there is
 * one with this verified address, is known from the start.
 */
export function addMember(pool: pg.Pool, ownerId: Uuid, entry: MemberEntry): Promise<MemberAdded> {
  return withTransaction(pool, async (tx) => {
    const partnerId = await lockOwnPartner(tx, ownerId);
    if (partnerId === null) return { status: 'no-partner' };
    await lockAddresses(tx.client, [entry.email]);
    if (entry.userId !== undefined && !(await isUser(tx, entry.userId))) return { status: 'unknown-user' };

    const userId = entry.userId ?? (await usersByAddress(tx.client, [entry.email])).get(entry.email.toLowerCase());
    const id = memberIdOf(partnerId, entry.email);
    const { rowCount } = await tx.db.execute(sql`
      insert into partner_members as m (id, partner_id, email, first_name, user_id)
      values (${id}, ${partnerId}, ${entry.email}, ${entry.firstName}, ${userId ?? null})
      on conflict (id) do update set status = 'active', email = excluded.email, first_name = excluded.first_name,
        user_id = coalesce(excluded.user_id, m.user_id), updated_at = now()
      where m.status = 'removed'`);
    return rowCount === 1 ? { status: 'added', id } : { status: 'exists' };
  });
}

/** The lock of everything that the partner's members are changed by. */
async function lockOwnPartner({ db }: Tx, ownerId: Uuid): Promise<Uuid | null> {
  const { rows } = await db.execute<{ id: Uuid }>(
    sql`select id from partners where owner_user_id = ${ownerId} for no key update`,
  );
  return rows[0]?.id ?? null;
}

async function isUser({ db }: Tx, id: Uuid): Promise<boolean> {
  const { rowCount } = await db.execute(sql`select from users where id = ${id} and deleted_at is null`);
  return rowCount === 1;
}
