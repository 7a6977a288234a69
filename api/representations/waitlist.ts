import { z } from 'zod';
import type { WaitlistRecord } from '../../db/queries/waitlist.ts';

const offer = z.object({
  holdId: z.guid().meta({ description: 'The slot hold; booking any time of it uses it up.' }),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().meta({ description: 'From this instant on it goes to the next.' }),
});

export const waitlistEntrySchema = z
  .object({
    id: z.guid().meta({ description: 'The id of the operation that joined.' }),
    clientId: z.guid(),
    practitionerId: z.guid(),
    status: z.enum(['waiting', 'fulfilled', 'left', 'over']),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    durationMinutes: z.int(),
    sessionType: z.string(),
    offer: offer.nullable().meta({ description: 'What the client may book now.' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'WaitlistEntry' });

export function waitlistEntryView(entry: WaitlistRecord): z.infer<typeof waitlistEntrySchema> {
  const { offer: open } = entry;
  return {
    id: entry.id,
    clientId: entry.clientId,
    practitionerId: entry.practitionerId,
    status: entry.status,
    from: new Date(entry.from).toISOString(),
    to: new Date(entry.to).toISOString(),
    durationMinutes: entry.durationMinutes,
    sessionType: entry.sessionType,
    offer:
      open === null
        ? null
        : {
            holdId: open.holdId,
            startsAt: open.startsAt.toISOString(),
            endsAt: open.endsAt.toISOString(),
            expiresAt: open.expiresAt.toISOString(),
          },
    createdAt: entry.createdAt.toISOString(),
  };
}
