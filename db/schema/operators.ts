import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import type { JsonObject } from '../../shared/domain/json.ts';
import { instant } from './columns.ts';

export interface ItemEvent {
  readonly at: string;
  readonly by: string;
  readonly action: 'opened' | 'retry' | 'reopened' | 'applied' | 'resolve' | 'dismiss';
  readonly note: string | null;
}

/** What waits for a person. One per subject, however often it fails. */
export const reconciliationItems = pgTable(
  'reconciliation_items',
  {
    id: uuid('id').primaryKey(),
    category: text('category', { enum: ['operation', 'effect', 'audit', 'payment'] }).notNull(),
    subjectId: text('subject_id').notNull(),
    kind: text('kind').notNull(),
    summary: text('summary').notNull(),
    error: text('error').notNull(),
    attempts: integer('attempts').notNull(),
    status: text('status', { enum: ['open', 'resolved', 'dismissed'] }).notNull(),
    openedAt: instant('opened_at').notNull(),
    history: jsonb('history').$type<readonly ItemEvent[]>().notNull(),
  },
  (t) => [
    unique('reconciliation_items_one_per_subject').on(t.category, t.subjectId),
    index('reconciliation_items_newest').on(t.openedAt),
    check('reconciliation_items_status_known', sql`${t.status} in ('open', 'resolved', 'dismissed')`),
  ],
);

/** What operators did, and who (contract §3: every action leaves an audit row). */
export const operatorActions = pgTable('operator_actions', {
  id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  at: instant('at').notNull().defaultNow(),
  by: text('by').notNull(),
  action: text('action').notNull(),
  subject: text('subject').notNull(),
  note: text('note'),
});

/** One-time sign-in links that have been used; a used one stays refused until it has expired anyway. */
export const usedLinks = pgTable('used_links', {
  id: text('id').primaryKey(),
  expiresAt: instant('expires_at').notNull(),
});

/** Reports of `POST /v1/audit`; the newest is what `GET /v1/audit` answers. */
export const auditRuns = pgTable('audit_runs', {
  id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  ranAt: instant('ran_at').notNull(),
  ok: boolean('ok').notNull(),
  durationMs: integer('duration_ms').notNull(),
  checks: jsonb('checks').$type<readonly AuditCheck[]>().notNull(),
});

export interface AuditCheck {
  readonly name: string;
  readonly violations: number;
  readonly sample: readonly JsonObject[];
}
