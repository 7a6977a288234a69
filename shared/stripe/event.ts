import { z } from 'zod';

/** What every event of Stripe has; `object` is read by `factsOf`. */
export const stripeEvent = z.object({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  created: z.int(),
  livemode: z.boolean().default(false),
  data: z.object({ object: z.record(z.string(), z.unknown()) }),
});

export type StripeEvent = z.infer<typeof stripeEvent>;

/** The id of the object that an event is about; that of the event where the object has none. */
export function objectIdOf({ id, data }: StripeEvent): string {
  const named = data.object.id;
  return typeof named === 'string' && named !== '' ? named : id;
}
