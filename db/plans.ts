import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import type { Uuid } from '../shared/domain/ids.ts';
import type { Plan } from '../shared/stripe/claims.ts';
import type { Tx } from './client.ts';
import { sqlStateOf } from './failures.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './queries/page.ts';
import { plans } from './schema.ts';

/** A plan as it is shown. */
export interface PlanRecord extends Plan {
  readonly id: Uuid;
}

/** Creates or replaces a plan; what was allocated before keeps what it gave. False when another plan has the price. */
export async function putPlan(pool: pg.Pool, id: Uuid, plan: Plan): Promise<boolean> {
  const row = { ...plan, updatedAt: sql`now()` };
  try {
    await drizzle({ client: pool })
      .insert(plans)
      .values({ id, ...row })
      .onConflictDoUpdate({ target: plans.id, set: row });
    return true;
  } catch (error) {
    if (sqlStateOf(error) === '23505') return false;
    throw error;
  }
}

export async function readPlan({ db }: Tx, id: Uuid): Promise<PlanRecord | null> {
  const [row] = await db.select(shown).from(plans).where(eq(plans.id, id));
  return row ?? null;
}

/** All plans, newest first. */
export async function listPlans(
  { db }: Tx,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: PlanRecord; readonly keys: TimeKeys }[]> {
  const rows = await db
    .select({ ...shown, micros: microsOf(plans.createdAt) })
    .from(plans)
    .where(and(isAfter(plans.createdAt, plans.id, after)))
    .orderBy(desc(plans.createdAt), desc(plans.id))
    .limit(limit);
  return rows.map(({ micros, ...record }) => ({ record, keys: [micros, record.id] }));
}

/** The plans of these Stripe prices, by price. */
export async function plansOfPrices({ db }: Tx, prices: readonly string[]): Promise<ReadonlyMap<string, Plan>> {
  if (prices.length === 0) return new Map();
  const rows = await db
    .select(shown)
    .from(plans)
    .where(inArray(plans.stripePriceId, [...prices]))
    .orderBy(asc(plans.id));
  return new Map(rows.map((plan) => [plan.stripePriceId, plan]));
}

const shown = {
  id: plans.id,
  name: plans.name,
  stripePriceId: plans.stripePriceId,
  creditsPerPeriod: plans.creditsPerPeriod,
  expiresAfterDays: plans.expiresAfterDays,
  rolloverMax: plans.rolloverMax,
  drip: plans.drip,
};
