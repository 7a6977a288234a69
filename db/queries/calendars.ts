import type { Taken } from '../../shared/domain/conflicts.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Interval } from '../../shared/domain/interval.ts';
import type { BookingStatus } from '../../shared/domain/state.ts';
import type { Tx } from '../client.ts';

interface TakenRow {
  readonly person_id: Uuid;
  readonly practitioner_id: Uuid;
  readonly status: BookingStatus;
  readonly starts_ms: number;
  readonly ends_ms: number;
  readonly buffered_ms: number;
}

// `extract` counts in numeric, which is what most of the time for ten thousand sessions would go to; sessions are on whole
// minutes, and those doubles hold exactly.
const ms = (column: string) => `round(date_part('epoch', b.${column}) * 1000)`;
const taken = `b.practitioner_id, b.status, ${ms('starts_at')} as starts_ms, ${ms('ends_at')} as ends_ms,
  ${ms('buffered_until')} as buffered_ms`;

// A session lasts a day at most and a buffer four hours (constraints of their tables): that bounds the index range. Who
// limits their sessions a day needs those of whole days, as in `read_calendars`.
const selectTaken = `
  select page.id as person_id, session.*
  from (
    select p.id, $2::timestamptz - reach.reach as begins, $3::timestamptz + reach.reach as ends
    from practitioners p
    cross join lateral (
      values (case when p.sessions_per_day_max is null then interval '0' else interval '50 hours' end)
    ) as reach (reach)
    where p.id = any($1::uuid[])
    offset 0
  ) as page
  cross join lateral (
    select ${taken} from bookings b
    where b.practitioner_id = page.id and b.status <> 'cancelled'
      and b.starts_at > page.begins - interval '28 hours' and b.starts_at < page.ends + interval '4 hours'
    union all
    select ${taken} from bookings b
    where b.client_id = page.id and b.status <> 'cancelled'
      and b.starts_at > page.begins - interval '24 hours' and b.starts_at < page.ends
  ) as session`;

/**
 * When these practitioners are taken, in either role, within a buffer of the span; everybody in one statement. To be
 * asked with the eyes of somebody who sees their sessions.
 */
export async function readTaken(
  { client }: Tx,
  practitionerIds: readonly Uuid[],
  { from, to }: Interval,
): Promise<ReadonlyMap<Uuid, readonly Taken[]>> {
  const byPerson = new Map<Uuid, Taken[]>(practitionerIds.map((id) => [id, []]));
  const { rows } = await client.query<TakenRow>(selectTaken, [practitionerIds, new Date(from), new Date(to)]);
  for (const row of rows) byPerson.get(row.person_id)?.push(takenOf(row));
  return byPerson;
}

function takenOf(row: TakenRow): Taken {
  return {
    practitionerId: row.practitioner_id,
    status: row.status,
    startsAt: row.starts_ms,
    endsAt: row.ends_ms,
    bufferedUntil: row.buffered_ms,
  };
}
