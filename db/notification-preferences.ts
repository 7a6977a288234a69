import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import type { NotificationType } from '../shared/contract/notification-types.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import { notificationPreferences, users } from './schema.ts';

/** Replaces what a user does not want to be mailed. False when the directory has no such person. */
export async function putMuted(pool: pg.Pool, userId: Uuid, muted: readonly NotificationType[]): Promise<boolean> {
  const { rowCount } = await drizzle({ client: pool }).execute(sql`
    insert into ${notificationPreferences} (user_id, muted)
    select ${users.id}, ${sql.param([...muted])}::text[] from ${users}
    where ${users.id} = ${userId} and ${users.deletedAt} is null
    on conflict (user_id) do update set muted = excluded.muted, updated_at = now()`);
  return rowCount === 1;
}
