import { z } from 'zod';
import type { AuditRun } from '../../db/audit-runs.ts';
import type { ItemRecord } from '../../db/queries/reconciliation.ts';
import { type ItemEvent, reconciliationItems } from '../../db/schema.ts';

export const itemCategories = reconciliationItems.category.enumValues;
export const itemStatuses = reconciliationItems.status.enumValues;

const itemActions: readonly ItemEvent['action'][] = ['opened', 'retry', 'reopened', 'applied', 'resolve', 'dismiss'];

export const itemSchema = z
  .object({
    id: z.guid(),
    category: z.enum(itemCategories),
    subjectId: z.string().meta({ description: 'What it is about: for the category operation, its id.' }),
    kind: z.string(),
    summary: z.string(),
    error: z.string(),
    attempts: z.int(),
    status: z.enum(itemStatuses),
    openedAt: z.iso.datetime(),
    history: z.array(
      z.object({
        at: z.iso.datetime(),
        by: z.string(),
        action: z.enum(itemActions),
        note: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'ReconciliationItem' });

export type ItemView = z.infer<typeof itemSchema>;

export function itemView({ openedAt, history, ...item }: ItemRecord): ItemView {
  return {
    ...item,
    openedAt: openedAt.toISOString(),
    history: history.map((event) => ({ ...event, at: new Date(event.at).toISOString() })),
  };
}

export const auditSchema = z
  .object({
    ok: z.boolean(),
    ranAt: z.iso.datetime(),
    durationMs: z.int(),
    checks: z.array(
      z.object({
        name: z.string(),
        violations: z.int(),
        sample: z.array(z.record(z.string(), z.unknown())).meta({ description: 'Some of the rows that violate it.' }),
      }),
    ),
  })
  .meta({ id: 'AuditReport' });

export type AuditView = z.infer<typeof auditSchema>;

export function auditView({ ok, ranAt, durationMs, checks }: AuditRun): AuditView {
  return {
    ok,
    ranAt: ranAt.toISOString(),
    durationMs,
    checks: checks.map(({ sample, ...check }) => ({ ...check, sample: sample.map((row) => ({ ...row })) })),
  };
}
