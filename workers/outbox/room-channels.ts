import type pg from 'pg';
import { readBookingOfRoom, setRoomUrl } from '../../db/rooms.ts';
import type { Rooms } from '../rooms/client.ts';
import type { Channel } from './deliverer.ts';

/**
 * Video rooms (002-16, 002-17). A room carries the booking's name, so that asking twice finds it; whatever the rooms'
 * API does, the booking stands.
 */
export function roomChannels(pool: pg.Pool, rooms: Rooms): Channel[] {
  return [
    {
      kind: 'room.create',
      deliver: async ({ subject_id: bookingId }, { signal }) => {
        const booking = bookingId === null ? null : await readBookingOfRoom(pool, bookingId);
        if (booking === null || booking.status !== 'booked') return { status: 'skipped', why: 'the session is over' };
        const { id, startsAt, endsAt } = booking;
        const url = await rooms.ensure({ bookingId: id, startsAt, endsAt }, signal);
        if (await setRoomUrl(pool, id, url)) return { status: 'sent' };
        // Cancelled while the room was made: whoever removes it may have been here before it was there.
        await rooms.remove(id, signal);
        return { status: 'skipped', why: 'the session was cancelled meanwhile' };
      },
    },
    {
      kind: 'room.remove',
      deliver: async ({ subject_id: bookingId }, { signal }) => {
        if (bookingId === null) return { status: 'skipped', why: 'it names no booking' };
        await rooms.remove(bookingId, signal);
        await setRoomUrl(pool, bookingId, null);
        return { status: 'sent' };
      },
    },
  ];
}
