import type { Uuid } from '../shared/domain/ids.ts';
import type { Submission } from './accept.ts';
import type { Tx } from './client.ts';
import { scheduled } from './scheduled.ts';
import { acceptScheduled } from './schedules.ts';
import { statement } from './statement.ts';

const selectToCome = statement<{ id: Uuid }>(
  'read_sessions_to_come',
  `select id from bookings where open_practitioner_id = $1 and starts_at > now()
   union all
   select id from bookings where open_client_id = $1 and starts_at > now()`,
);

/**
 * Records the cancellation of every session that a person still has before them, treating or treated, with a full
 * refund: part of the transaction that deactivates or deletes them, so that one never happens without the other.
 *
 * There is no later booking to miss. Whoever books locks both parties' directory rows, which this transaction holds:
 * what was booked before is seen here, what comes after is refused.
 *
 * @param turn tells this departure from an earlier one of the same person
 */
export async function cancelSessionsToCome(tx: Tx, personId: Uuid, turn: string): Promise<readonly Submission[]> {
  const { rows } = await selectToCome(tx.client, [personId]);
  const reason = 'One of the parties has left the marketplace.';
  const due = rows.map(({ id }) =>
    scheduled({ key: `${id}/${turn}`, kind: 'booking.cancel', lane: personId, payload: { bookingId: id, reason } }),
  );
  return acceptScheduled(tx, due);
}
