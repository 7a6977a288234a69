import { z } from 'zod';
import type { SlotHoldRecord } from '../../db/queries/slot-holds.ts';

export const slotHoldSchema = z
  .object({
    id: z.guid().meta({ description: 'The id of the operation that took it.' }),
    practitionerId: z.guid(),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    sessionType: z.string(),
    expiresAt: z.iso.datetime().meta({ description: 'From this instant on it keeps nothing.' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'SlotHold' });

export function slotHoldView(hold: SlotHoldRecord): z.infer<typeof slotHoldSchema> {
  return {
    id: hold.id,
    practitionerId: hold.practitionerId,
    startsAt: new Date(hold.startsAt).toISOString(),
    endsAt: new Date(hold.endsAt).toISOString(),
    sessionType: hold.sessionType,
    expiresAt: new Date(hold.expiresAt).toISOString(),
    createdAt: hold.createdAt.toISOString(),
  };
}
