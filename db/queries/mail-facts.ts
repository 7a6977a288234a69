import type { Uuid } from '../../shared/domain/ids.ts';
import type { Booking } from '../../shared/domain/state.ts';
import { type BookingRow, bookingColumns, bookingOf } from '../rows.ts';
import { type Queryable, statement } from '../statement.ts';

/** What a mail needs to know beyond its outbox entry, as it is now. */
export interface MailFacts {
  readonly recipient: {
    readonly firstName: string;
    readonly lastName: string;
    readonly email: string;
    readonly timeZone: string;
    readonly isDeleted: boolean;
    readonly muted: readonly string[];
  };
  readonly session: MailedSession | null;
  /** The name of the practitioner whose slot is offered, if one is. */
  readonly offeredBy: string | null;
}

export interface MailedSession {
  readonly booking: Booking;
  readonly roomUrl: string | null;
  /** The name of the party that is not the recipient. */
  readonly otherName: string;
}

type FactsRow = {
  readonly first_name: string;
  readonly last_name: string;
  readonly email: string;
  readonly recipient_zone: string;
  readonly is_deleted: boolean;
  readonly muted: string[] | null;
  readonly other_name: string | null;
  readonly offered_by: string | null;
  readonly room_url: string | null;
} & (BookingRow | { readonly id: null });

const selectFacts = statement<FactsRow>(
  'read_mail_facts',
  `select u.first_name, u.last_name, u.email, u.time_zone as recipient_zone, u.deleted_at is not null as is_deleted,
          p.muted, o.first_name || ' ' || o.last_name as other_name, b.room_url,
          (select first_name || ' ' || last_name from users where id = $3) as offered_by, ${bookingColumns('b')}
   from users u
   left join notification_preferences p on p.user_id = u.id
   left join bookings b on b.id = $2
   left join users o on o.id = case when b.client_id = u.id then b.practitioner_id else b.client_id end
   where u.id = $1`,
);

export interface MailedAbout {
  readonly bookingId: Uuid | null;
  /** The practitioner whose slot is offered. */
  readonly offeredBy: Uuid | null;
}

/** Null when there is no such person. */
export async function readMailFacts(
  on: Queryable,
  userId: Uuid,
  { bookingId, offeredBy }: MailedAbout,
): Promise<MailFacts | null> {
  const { rows } = await selectFacts(on, [userId, bookingId, offeredBy]);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    recipient: {
      firstName: row.first_name,
      lastName: row.last_name,
      email: row.email,
      timeZone: row.recipient_zone,
      isDeleted: row.is_deleted,
      muted: row.muted ?? [],
    },
    session:
      row.id === null ? null : { booking: bookingOf(row), roomUrl: row.room_url, otherName: row.other_name ?? '' },
    offeredBy: row.offered_by,
  };
}
