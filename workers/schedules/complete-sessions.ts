import { scheduled } from '../../db/scheduled.ts';
import type { Schedule } from '../../db/schedules.ts';
import { statement } from '../../db/statement.ts';
import type { Uuid } from '../../shared/domain/ids.ts';

const sessionsPerRound = 1_000;

// A session lasts a day at most: what has ended is among what began, and few have begun and not ended.
const selectOver = statement<{ id: Uuid; practitioner_id: Uuid; revision: number }>(
  'read_sessions_that_are_over',
  `select id, practitioner_id, revision from bookings
   where status = 'booked' and starts_at <= now() - make_interval(hours => $1)
     and ends_at <= now() - make_interval(hours => $1)
   order by starts_at limit ${sessionsPerRound}`,
);

/**
 * Sessions that nobody has said anything about count as completed some hours after their end: what was held for a peer
 * then reaches its earner without anybody having to remember. In the practitioner's lane, behind whatever they
 * themselves have said about it before.
 */
export function completeSessions(afterHours: number): Schedule {
  return {
    name: 'complete sessions',
    due: async ({ client }) => {
      const { rows } = await selectOver(client, [afterHours]);
      return rows.map(({ id, practitioner_id: lane, revision }) =>
        scheduled({ key: `${id}/${revision}`, kind: 'booking.complete', lane, payload: { bookingId: id } }),
      );
    },
  };
}
