import { z } from 'zod';
import type { LoyaltyStats } from '../../db/queries/loyalty-stats.ts';

export const loyaltyStatsSchema = z
  .object({
    unresolvedCount: z
      .int()
      .meta({ description: 'Paid orders whose points could not be settled: open items of the kind `loyalty.apply`.' }),
    lostEarnings: z.int().meta({ description: 'The points that those should have earned.' }),
    incorrectRedemptions: z.int().meta({ description: 'The points that were taken off their price, and never taken.' }),
    redemptionsPerDay: z
      .array(
        z.object({
          day: z.iso.date().meta({ description: 'In UTC.' }),
          count: z.int(),
          points: z.int(),
        }),
      )
      .meta({ description: 'Every day of `days`, newest first.' }),
  })
  .meta({ id: 'LoyaltyStats' });

export function loyaltyStatsView(stats: LoyaltyStats): z.infer<typeof loyaltyStatsSchema> {
  const { unresolved: unresolvedCount, lostEarnings, incorrectRedemptions, redemptions } = stats;
  return { unresolvedCount, lostEarnings, incorrectRedemptions, redemptionsPerDay: [...redemptions] };
}
