import { and, desc, eq, sql } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Tx } from '../client.ts';
import { notificationPreferences, outbox } from '../schema.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './page.ts';

/** A notification as it is shown. */
export interface NotificationRecord {
  readonly id: Uuid;
  readonly userId: Uuid;
  readonly type: string;
  readonly status: typeof outbox.$inferSelect.status;
  /** As it was mailed; null while it has not been written. */
  readonly subject: string | null;
  readonly sentAt: Date | null;
  readonly createdAt: Date;
}

/** What one user was told, newest first. */
export async function listNotifications(
  { db }: Tx,
  userId: Uuid,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: NotificationRecord; readonly keys: TimeKeys }[]> {
  const { id, type, status, settledAt, createdAt } = outbox;
  const subject = sql<string | null>`${outbox.rendered} ->> 'subject'`;
  const rows = await db
    .select({ id, type, status, subject, settledAt, createdAt, micros: microsOf(createdAt) })
    .from(outbox)
    .where(and(eq(outbox.userId, userId), eq(outbox.kind, 'mail'), isAfter(createdAt, id, after)))
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
  return rows.map(({ micros, settledAt: overAt, ...row }) => ({
    record: { ...row, userId, sentAt: row.status === 'sent' ? overAt : null },
    keys: [micros, row.id],
  }));
}

/** An outbox entry as operators see it. */
export interface OutboxEntryRecord {
  readonly id: Uuid;
  readonly type: string;
  /** Null: it is for nobody in particular. */
  readonly userId: Uuid | null;
  readonly subjectId: Uuid | null;
  readonly status: typeof outbox.$inferSelect.status;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdAt: Date;
}

/** The newest entries of the outbox, whoever they are for. */
export async function newestOutgoing({ db }: Tx, limit: number): Promise<readonly OutboxEntryRecord[]> {
  const { id, type, userId, subjectId, status, attempts, lastError, createdAt } = outbox;
  return db
    .select({ id, type, userId, subjectId, status, attempts, lastError, createdAt })
    .from(outbox)
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
}

/** The types that a user does not want to be mailed. */
export async function readMuted({ db }: Pick<Tx, 'db'>, userId: Uuid): Promise<readonly string[]> {
  const [row] = await db
    .select({ muted: notificationPreferences.muted })
    .from(notificationPreferences)
    .where(eq(notificationPreferences.userId, userId));
  return row?.muted ?? [];
}
