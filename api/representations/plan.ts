import { z } from 'zod';
import type { PlanRecord } from '../../db/plans.ts';
import { amountMax, nameLengthMax, text } from '../../shared/contract/wire.ts';

/** The body of `PUT /v1/plans/{id}`. */
export const planEntry = z.strictObject({
  name: text(nameLengthMax).min(1),
  stripePriceId: text(255).min(1),
  creditsPerPeriod: z
    .int()
    .min(0)
    .max(amountMax)
    .meta({ description: 'For each of the quantity; 0 for a price that has nothing to do with credits.' }),
  expiresAfterDays: z.int().positive().max(36_500).nullable().default(null),
  rolloverMax: z
    .int()
    .min(0)
    .max(amountMax)
    .nullable()
    .default(null)
    .meta({
      description:
        'How many credits of earlier periods of a subscription, for each of the quantity, may be left when a new one is ' +
        'given; what is beyond that expires then. Null: no limit. Counts for what is paid from now on.',
    }),
  drip: z
    .enum(['monthly'])
    .nullable()
    .default(null)
    .meta({ description: 'Whether the credits of a longer period come in equal monthly parts.' }),
});

export const planSchema = z
  .object({
    id: z.guid(),
    name: z.string(),
    stripePriceId: z.string(),
    creditsPerPeriod: z.int(),
    expiresAfterDays: z.int().nullable(),
    rolloverMax: z.int().nullable(),
    drip: z.enum(['monthly']).nullable(),
  })
  .meta({ id: 'Plan' });

export function planView(plan: PlanRecord): z.infer<typeof planSchema> {
  return plan;
}
