import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { JsonObject } from '../../shared/domain/json.ts';
import type { OutgoingKind } from '../../shared/domain/outbox.ts';
import { instant } from './columns.ts';
import { users } from './directory.ts';

export const outgoingStatuses = ['waiting', 'sent', 'skipped', 'failed'] as const;

/** What is to be done outside, written in the transaction that decided it (design.md §2.11). */
export const outbox = pgTable(
  'outbox',
  {
    /** Derived from what caused it: writing the same entry twice is impossible, and the other side can tell a repeat. */
    id: uuid('id').primaryKey(),
    kind: text('kind').$type<OutgoingKind>().notNull(),
    /** Of a mail its notification type, otherwise the kind again. */
    type: text('type').notNull(),
    userId: uuid('user_id'),
    /** The operation that caused it; null: time did. */
    operationId: uuid('operation_id'),
    subjectId: uuid('subject_id'),
    data: jsonb('data').$type<JsonObject>().notNull(),
    status: text('status', { enum: outgoingStatuses }).notNull().default('waiting'),
    attempts: integer('attempts').notNull().default(0),
    /** While somebody is delivering it: when others may try. */
    dueAt: instant('due_at').notNull().defaultNow(),
    /** Why it failed or was skipped; for operators. */
    lastError: text('last_error'),
    /** What it was made into, once: every attempt sends the same. */
    rendered: jsonb('rendered').$type<JsonObject>(),
    createdAt: instant('created_at').notNull().defaultNow(),
    settledAt: instant('settled_at'),
  },
  (t) => [
    index('outbox_due').on(t.kind, t.dueAt).where(sql`${t.status} = 'waiting'`),
    index('outbox_of_user').on(t.userId, t.createdAt, t.id).where(sql`${t.kind} = 'mail'`),
    index('outbox_newest').on(t.createdAt, t.id),
    index('outbox_rooms').on(t.subjectId).where(sql`${t.kind} = 'room.create'`),
    check('outbox_status_known', sql`${t.status} in ('waiting', 'sent', 'skipped', 'failed')`),
    check('outbox_settled_iff_over', sql`(${t.status} in ('sent', 'skipped')) = (${t.settledAt} is not null)`),
  ],
);

/** Which notifications a person does not want to be mailed; without a row, all are. */
export const notificationPreferences = pgTable('notification_preferences', {
  userId: uuid('user_id')
    .primaryKey()
    .references(() => users.id),
  muted: text('muted').array().notNull(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});
