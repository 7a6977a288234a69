import { desc } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { type AuditCheck, auditRuns } from './schema.ts';

export interface AuditRun {
  readonly ok: boolean;
  readonly ranAt: Date;
  readonly durationMs: number;
  readonly checks: readonly AuditCheck[];
}

/** Keeps a report: the newest is what operators read. */
export async function keepAuditRun(pool: pg.Pool, run: AuditRun): Promise<void> {
  await drizzle({ client: pool }).insert(auditRuns).values(run);
}

/** The newest report; null when nobody has ever run the audit. */
export async function latestAuditRun(pool: pg.Pool): Promise<AuditRun | null> {
  const { ok, ranAt, durationMs, checks } = auditRuns;
  const rows = await drizzle({ client: pool })
    .select({ ok, ranAt, durationMs, checks })
    .from(auditRuns)
    .orderBy(desc(auditRuns.id))
    .limit(1);
  return rows[0] ?? null;
}
