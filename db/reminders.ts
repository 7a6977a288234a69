import { derivedId, type Uuid } from '../shared/domain/ids.ts';
import { sessionFacts } from '../shared/domain/outbox.ts';
import type { Tx } from './client.ts';
import { type BookingRow, bookingColumns, bookingOf } from './rows.ts';
import { statement } from './statement.ts';
import { insertTimedMails, lookedAtUntil } from './timed-mails.ts';

// Only who knew of the session before the hour is reminded at it: nobody needs a reminder of what they just did.
const selectDue = statement<BookingRow>(
  'read_sessions_to_remind_of',
  `select ${bookingColumns('b')} from bookings b
   where b.status = 'booked'
     and b.starts_at > greatest(now() + make_interval(hours => $2), $3::timestamptz + make_interval(hours => $1))
     and b.starts_at <= now() + make_interval(hours => $1)
     and coalesce(b.moved_at, b.created_at) <= b.starts_at - make_interval(hours => $1)`,
);

export interface RemindersDue {
  /** Before the start, longest first. */
  readonly hours: readonly number[];
  /** Epoch ms: what was due before has been looked at. */
  readonly since: number;
  readonly hasMail: boolean;
}

/** Writes the reminders that have come due into the outbox, for both parties of each session. */
export async function insertReminders(tx: Tx, { hours, since, hasMail }: RemindersDue): Promise<void> {
  for (const [position, hour] of hours.entries()) {
    const nearer = hours[position + 1] ?? 0;
    const { rows } = await selectDue(tx.client, [hour, nearer, lookedAtUntil(since)]);
    const mails = rows.map(bookingOf).flatMap((booking) =>
      [booking.clientId, booking.practitionerId].map((userId) => ({
        id: reminderIdOf(booking.id, booking.revision, hour, userId),
        userId,
        subjectId: booking.id,
        data: sessionFacts(booking),
      })),
    );
    await insertTimedMails(tx, 'booking_reminder', mails, hasMail);
  }
}

function reminderIdOf(bookingId: Uuid, revision: number, hour: number, userId: Uuid): Uuid {
  return derivedId(`reminder/${bookingId}/${revision}/${hour}/${userId}`);
}
