import type { Tx } from './client.ts';
import { statement } from './statement.ts';

/** An hour rests for so long before it is tallied: by then nothing is being accepted into it any more. */
const restHours = 1;

/** So far back as `GET /v1/stats` looks. */
const hoursBack = 90 * 24;

const selectNext = statement<{ hour: Date | null }>(
  'read_next_hour_to_tally',
  `select max(slot.hour) as hour
   from generate_series(
     date_trunc('hour', greatest((select min(accepted_at) from operations), now() - make_interval(hours => ${hoursBack})), 'UTC'),
     least($1::timestamptz, date_trunc('hour', now(), 'UTC') - interval '${restHours} hours') - interval '1 hour',
     interval '1 hour'
   ) as slot (hour)
   where not exists (select from tallied_hours t where t.hour = slot.hour)`,
);

/** The newest hour before `before` that is over and not tallied; null: there is none. */
export async function nextHourToTally({ client }: Tx, before: Date | 'infinity'): Promise<Date | null> {
  const { rows } = await selectNext(client, [before]);
  return rows[0]?.hour ?? null;
}

// One operation that is not final keeps its hour open; so does one that has only just been settled, because what was
// settled within the last minute is counted where hours are open.
const insertTally = statement(
  'tally_hour',
  `insert into tallied_hours (hour, tallies)
   select $1, coalesce(jsonb_agg(jsonb_build_object(
     'kind', kind, 'peer', peer, 'accepted', accepted, 'succeeded', succeeded, 'rejected', rejected, 'resolved', resolved
   )), '[]')
   from reporting.operation_hours where hour = $1
   having coalesce(sum(accepted - succeeded - rejected - resolved + settled_last_minute), 0) = 0
   on conflict do nothing`,
);

/** Writes down what the hour's operations came to, if all of them are final. */
export async function tallyHour({ client }: Tx, hour: Date): Promise<void> {
  await insertTally(client, [hour]);
}
