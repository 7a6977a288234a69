import type { Taken } from '../../shared/domain/conflicts.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Interval } from '../../shared/domain/interval.ts';
import type { Tx } from '../client.ts';
import { sessionsAround } from '../sessions-around.ts';

interface TakenRow {
  readonly person_id: Uuid;
  readonly practitioner_id: Uuid;
  readonly status: Taken['status'];
  readonly starts_ms: number;
  readonly ends_ms: number;
  readonly buffered_ms: number;
}

// `extract` counts in numeric, which is what most of the time for ten thousand sessions would go to; sessions are on whole
// minutes, and those doubles hold exactly.
const ms = (column: string) => `round(date_part('epoch', b.${column}) * 1000)`;
const taken = `b.practitioner_id, b.status, ${ms('starts_at')} as starts_ms, ${ms('ends_at')} as ends_ms,
  ${ms('buffered_until')} as buffered_ms`;

// Who limits their sessions a day needs those of whole days, as in `read_calendars`.
const selectTaken = `
  select span.person_id, session.*
  from (
    select p.id as person_id, $2::timestamptz - reach.reach as begins, $3::timestamptz + reach.reach as ends,
           p.buffer_minutes as buffer
    from practitioners p
    cross join lateral (
      values (case when p.sessions_per_day_max is null then interval '0' else interval '50 hours' end)
    ) as reach (reach)
    where p.id = any($1::uuid[])
    offset 0
  ) as span
  cross join lateral (
    ${sessionsAround('span', taken)}
    union all
    select b.practitioner_id, 'held', ${ms('starts_at')}, ${ms('ends_at')}, ${ms('buffered_until')} from slot_holds b
    where b.live_practitioner_id = span.person_id and b.holder_id <> $4 and b.expires_at > $5
      and b.starts_at > span.begins - interval '28 hours' and b.starts_at < span.ends + interval '4 hours'
  ) as session`;

/** For whom, and at which instant (epoch ms), somebody would book: what they hold themselves is not in their way. */
export interface Asking {
  readonly clientId: Uuid;
  readonly at: number;
}

/**
 * When these practitioners are taken, by sessions in either role and by slots that others hold, within a buffer of the
 * span; everybody in one statement. To be asked with the eyes of somebody who sees their sessions.
 */
export async function readTaken(
  { client }: Tx,
  practitionerIds: readonly Uuid[],
  { from, to }: Interval,
  { clientId, at }: Asking,
): Promise<ReadonlyMap<Uuid, readonly Taken[]>> {
  const byPerson = new Map<Uuid, Taken[]>(practitionerIds.map((id) => [id, []]));
  const { rows } = await client.query<TakenRow>(selectTaken, [
    practitionerIds,
    new Date(from),
    new Date(to),
    clientId,
    new Date(at),
  ]);
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
