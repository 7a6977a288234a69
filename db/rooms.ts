import type { Uuid } from '../shared/domain/ids.ts';
import type { Booking } from '../shared/domain/state.ts';
import type { Tx } from './client.ts';
import { openItem } from './reconciliation.ts';
import { type BookingRow, bookingColumns, bookingOf } from './rows.ts';
import { type Queryable, statement } from './statement.ts';

const selectBooking = statement<BookingRow>(
  'read_booking_of_room',
  `select ${bookingColumns('b')} from bookings b where b.id = $1`,
);

/** The booking that a room is for, as it is now. */
export async function readBookingOfRoom(on: Queryable, bookingId: Uuid): Promise<Booking | null> {
  const { rows } = await selectBooking(on, [bookingId]);
  return rows[0] === undefined ? null : bookingOf(rows[0]);
}

interface LateRoom {
  readonly id: Uuid;
  readonly booking_id: Uuid;
  readonly attempts: number;
  readonly last_error: string | null;
}

const selectLate = statement<LateRoom>(
  'read_late_rooms',
  `select o.id, o.subject_id as booking_id, o.attempts, o.last_error
   from bookings b
   join outbox o on o.subject_id = b.id and o.kind = 'room.create' and o.status = 'waiting'
   where b.status = 'booked' and b.starts_at > now() and b.starts_at <= now() + interval '1 hour' and b.room_url is null
     and o.created_at <= now() - interval '1 minute'
     and not exists (select from reconciliation_items i
                     where i.category = 'effect' and i.subject_id = o.id::text and i.status = 'open')`,
);

/** Opens an item for every session that begins within the hour and still has no room; trying goes on meanwhile. */
export async function reportLateRooms(tx: Tx): Promise<void> {
  const { rows } = await selectLate(tx.client, []);
  for (const { id, booking_id: bookingId, attempts, last_error: lastError } of rows) {
    const summary = `booking ${bookingId} begins within the hour and has no video room`;
    const error = lastError ?? 'it has not been tried yet';
    await openItem(tx, { category: 'effect', subjectId: id, kind: 'room.create', summary, error, attempts });
  }
}

const updateRoom = statement(
  'set_room_url',
  `update bookings set room_url = $2 where id = $1 and ($2::text is null or status = 'booked')`,
);

/** Keeps a session's room; false when the session has been cancelled, or is over, meanwhile. */
export async function setRoomUrl(on: Queryable, bookingId: Uuid, url: string | null): Promise<boolean> {
  const { rowCount } = await updateRoom(on, [bookingId, url]);
  return rowCount === 1;
}
