import { derivedId, type Uuid } from '../shared/domain/ids.ts';
import { sessionFacts } from '../shared/domain/outbox.ts';
import { plainArray, textArray } from './array-literal.ts';
import type { Tx } from './client.ts';
import { type BookingRow, bookingColumns, bookingOf } from './rows.ts';
import { statement } from './statement.ts';

/** Clocks of processes differ, and what commits late was decided a little earlier. */
const marginMs = 120_000;

// Only who knew of the session before the hour is reminded at it: nobody needs a reminder of what they just did.
const selectDue = statement<BookingRow>(
  'read_sessions_to_remind_of',
  `select ${bookingColumns('b')} from bookings b
   where b.status = 'booked'
     and b.starts_at > greatest(now() + make_interval(hours => $2), $3::timestamptz + make_interval(hours => $1))
     and b.starts_at <= now() + make_interval(hours => $1)
     and coalesce(b.moved_at, b.created_at) <= b.starts_at - make_interval(hours => $1)`,
);

const insert = statement(
  'insert_reminders',
  `insert into outbox (id, kind, type, user_id, subject_id, data, status, settled_at)
   select id, 'mail', 'booking_reminder', user_id, subject_id, data::jsonb, $5, case when $5 = 'skipped' then now() end
   from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) as new (id, user_id, subject_id, data)
   on conflict (id) do nothing`,
);

export interface RemindersDue {
  /** Before the start, longest first. */
  readonly hours: readonly number[];
  /** Epoch ms: what was due before has been looked at. */
  readonly since: number;
  readonly hasMail: boolean;
}

/** Writes the reminders that have come due into the outbox, for both parties of each session. */
export async function insertReminders({ client }: Tx, { hours, since, hasMail }: RemindersDue): Promise<void> {
  for (const [position, hour] of hours.entries()) {
    const nearer = hours[position + 1] ?? 0;
    const { rows } = await selectDue(client, [hour, nearer, new Date(Math.max(0, since - marginMs))]);
    const due = rows
      .map(bookingOf)
      .flatMap((booking) => [booking.clientId, booking.practitionerId].map((userId) => ({ booking, userId })));
    if (due.length === 0) continue;
    await insert(client, [
      plainArray(due.map(({ booking, userId }) => reminderIdOf(booking.id, booking.revision, hour, userId))),
      plainArray(due.map(({ userId }) => userId)),
      plainArray(due.map(({ booking }) => booking.id)),
      textArray(due.map(({ booking }) => JSON.stringify(sessionFacts(booking)))),
      hasMail ? 'waiting' : 'skipped',
    ]);
  }
}

function reminderIdOf(bookingId: Uuid, revision: number, hour: number, userId: Uuid): Uuid {
  return derivedId(`reminder/${bookingId}/${revision}/${hour}/${userId}`);
}
