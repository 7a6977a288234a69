import { z } from 'zod';
import type { NotificationRecord } from '../../db/queries/notifications.ts';
import { outgoingStatuses } from '../../db/schema.ts';
import { subjectOf } from '../../shared/contract/notification-subjects.ts';
import { isNotificationType, notificationTypes } from '../../shared/contract/notification-types.ts';

export const notificationSchema = z
  .object({
    id: z.guid(),
    userId: z.guid(),
    type: z.enum(notificationTypes),
    channel: z.literal('email'),
    status: z.enum(outgoingStatuses).meta({
      description:
        '`skipped`: only shown here, because no mail server is set, the user does not want it, or it no longer matters.',
    }),
    subject: z.string(),
    sentAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Notification' });

export function notificationView({ type, subject, sentAt, createdAt, ...row }: NotificationRecord) {
  const known = isNotificationType(type) ? subjectOf(type) : type;
  return {
    ...row,
    type,
    channel: 'email',
    subject: subject ?? known,
    sentAt: sentAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}

/** The body of `PUT /v1/users/{id}/notification-preferences`, and its answer. */
export const preferencesSchema = z
  .strictObject({
    muted: z
      .array(z.enum(notificationTypes))
      .max(notificationTypes.length)
      .meta({ description: 'What not to mail. It is recorded and shown all the same.' }),
  })
  .meta({ id: 'NotificationPreferences' });
