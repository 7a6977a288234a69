import { z } from 'zod';
import { type DashboardMember, forecastDays, type PoolRecord, soonDays } from '../../db/queries/partner-dashboard.ts';
import type { Page } from '../http/paging.ts';

const member = z.object({
  id: z.guid(),
  firstName: z.string(),
  email: z.string(),
  status: z.literal('active'),
  creditsAssigned: z.int().meta({ description: 'Ever.' }),
  creditsRemaining: z.int().meta({ description: 'Of these, neither used nor over.' }),
  sessionsBooked: z.int(),
  lastSessionAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});

/** Contract §3; `forecast` and `expiringSoon` besides. */
export const dashboardSchema = z
  .object({
    pool: z.object({ funded: z.int(), available: z.int(), assigned: z.int(), used: z.int(), expired: z.int() }).meta({
      description:
        'Every funded credit is in exactly one of the other four: what goes back into the pool when it ends is ' +
        '`available` again, what is forfeited is `expired`, and so is what is over and has not gone back yet.',
    }),
    forecast: z.object({
      assignedPerDay: z.number().meta({ description: `On average of the last ${forecastDays} days.` }),
      poolEndsAt: z.iso.datetime().nullable().meta({ description: 'Going on like this; null: not within ten years.' }),
    }),
    expiringSoon: z
      .int()
      .meta({ description: `Credits that members lose within ${soonDays} days unless they use them.` }),
    members: z.array(member),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'PartnerDashboard' });

export type DashboardView = z.infer<typeof dashboardSchema>;

const dayMs = 24 * 3_600_000;
const forecastDaysMax = 3_650;

export function dashboardView(
  record: PoolRecord,
  { data, nextCursor }: Page<DashboardMember>,
  at: number,
): DashboardView {
  const { lately, expiringSoon, ...pool } = record;
  return { pool, forecast: forecastOf(record, at), expiringSoon, members: data.map(memberView), nextCursor };
}

/** When a pool is empty that goes on as it did lately. */
export function forecastOf(
  { lately, available }: Pick<PoolRecord, 'lately' | 'available'>,
  at: number,
): DashboardView['forecast'] {
  const assignedPerDay = Math.round((lately / forecastDays) * 100) / 100;
  const days = (available * forecastDays) / lately;
  // Nothing was assigned, and nothing is there: 0 / 0 ends no earlier than anything else.
  const poolEndsAt = days <= forecastDaysMax ? new Date(at + days * dayMs).toISOString() : null;
  return { assignedPerDay, poolEndsAt };
}

function memberView({ status, lastSessionAt, createdAt, ...rest }: DashboardMember): z.infer<typeof member> {
  if (status !== 'active') throw new Error(`member ${rest.id} is ${status}`);
  return {
    ...rest,
    status,
    lastSessionAt: lastSessionAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}
