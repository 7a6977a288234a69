import { z } from 'zod';
import type { MemberRecord } from '../../db/queries/partners.ts';
import { amount, emailLengthMax, id, nameLengthMax, text } from '../../shared/contract/wire.ts';

/** Ten years. */
const daysMax = 3_650;

const days = z.int().positive().max(daysMax);

const memberCap = z
  .strictObject({ credits: amount, days })
  .meta({ description: 'What one member may be assigned within so many days.' });

/** The body of `PUT /v1/partners/{id}`. */
export const partnerEntry = z.strictObject({
  name: text(nameLengthMax),
  ownerUserId: id,
  expiryDays: days.default(90),
  onExpiry: z.enum(['return', 'forfeit']).default('return'),
  memberCap: memberCap.nullable().default(null),
});

export const partnerSchema = z
  .object({
    id: z.guid(),
    name: z.string(),
    ownerUserId: z.guid(),
    expiryDays: z.int(),
    onExpiry: z.enum(['return', 'forfeit']),
    memberCap: z.object({ credits: z.int(), days: z.int() }).nullable(),
  })
  .meta({ id: 'Partner' });

/** The body of `POST /v1/partner/members`. */
export const memberEntry = z.strictObject({
  email: z.email().max(emailLengthMax),
  firstName: text(nameLengthMax),
  userId: id.optional().meta({ description: 'Absent: the user with this verified address, now or later.' }),
});

export const memberSchema = z
  .object({
    id: z.guid(),
    firstName: z.string(),
    email: z.string(),
    status: z.enum(['active', 'removed']),
    userId: z.guid().nullable().meta({ description: 'Null until a user with the verified address appears.' }),
    creditsAssigned: z.int(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Member' });

export function memberView(member: MemberRecord): z.infer<typeof memberSchema> {
  const { id, firstName, email, status, userId, creditsAssigned, createdAt } = member;
  return { id, firstName, email, status, userId, creditsAssigned, createdAt: createdAt.toISOString() };
}
