import { absent } from '../shared/domain/absent.ts';
import { distinct } from '../shared/domain/distinct.ts';
import { type CalendarSpan, type Footprint, named, type SlotHolder } from '../shared/domain/footprint.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { SlotHold, SlotHoldStatus } from '../shared/domain/state.ts';
import { byColumn } from './by-column.ts';
import { spanArrays } from './calendars.ts';
import { type Queryable, statement } from './statement.ts';

interface SlotHoldRow {
  readonly id: Uuid;
  readonly holder_id: Uuid;
  readonly practitioner_id: Uuid;
  readonly status: SlotHoldStatus;
  readonly session_type: string;
  readonly starts_ms: number;
  readonly ends_ms: number;
  readonly buffered_ms: number;
  readonly expires_ms: number;
  readonly waitlist_entry_id: Uuid | null;
}

const ms = (column: string, name: string) => `(extract(epoch from h.${column}) * 1000)::float8 as ${name}`;

/** Those of `SlotHoldRow`, of a table or alias `h`. */
const columns = [
  ...['id', 'holder_id', 'practitioner_id', 'status', 'session_type', 'waitlist_entry_id'].map(
    (column) => `h.${column}`,
  ),
  ms('starts_at', 'starts_ms'),
  ms('ends_at', 'ends_ms'),
  ms('buffered_until', 'buffered_ms'),
  ms('expires_at', 'expires_ms'),
].join(', ');

// Bounds, and pairs, as in `read_calendars`: a hold lasts a day at most and a buffer four hours.
const selectSlotHolds = statement<SlotHoldRow>(
  'read_slot_holds',
  `select held.*
   from (
     select w.*, page.buffer_minutes as buffer
     from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as w (person_id, begins, ends)
     cross join lateral (select p.buffer_minutes from practitioners p where p.id = w.person_id offset 0) as page
     offset 0
   ) as span
   cross join lateral (
     select ${columns} from slot_holds h
     where (h.live_practitioner_id, h.starts_at) > (span.person_id, span.begins - interval '28 hours')
       and (h.live_practitioner_id, h.starts_at) < (span.person_id, span.ends + interval '4 hours')
       and h.starts_at < span.ends + greatest(make_interval(mins => span.buffer), h.buffered_until - h.ends_at)
       and h.ends_at > span.begins - greatest(make_interval(mins => span.buffer), h.buffered_until - h.ends_at)
   ) as held
   union all
   select held.*
   from unnest($4::uuid[]) as wanted (id)
   cross join lateral (
     select ${columns} from slot_holds h where h.id = wanted.id and h.live_practitioner_id is not null
   ) as held
   union all
   select held.*
   from unnest($5::uuid[], $6::uuid[]) as wanted (holder_id, practitioner_id)
   cross join lateral (
     select ${columns} from slot_holds h
     where h.holder_id = wanted.holder_id and h.asked_practitioner_id = wanted.practitioner_id
   ) as held
   union all
   select held.*
   from unnest($7::uuid[]) as wanted (entry_id)
   cross join lateral (
     select ${columns} from slot_holds h
     where h.waitlist_entry_id = wanted.entry_id and h.live_practitioner_id is not null
   ) as held
   union all
   select held.*
   from unnest($8::uuid[]) as wanted (practitioner_id)
   cross join lateral (
     select ${columns} from slot_holds h
     where h.live_practitioner_id = wanted.practitioner_id and h.waitlist_entry_id is not null
   ) as held`,
);

/** The slot holds that these footprints name, the live ones near the spans, and what is offered on waitlists; null for an id that is not live. */
export async function readSlotHolds(
  on: Queryable,
  spans: readonly CalendarSpan[],
  footprints: readonly Footprint[],
): Promise<Map<Uuid, SlotHold | null>> {
  const ids = named(footprints, 'slotHolds');
  const holders = named(footprints, 'slotHolders');
  const entries = named(footprints, 'waitlistEntries');
  const waitlists = distinct(named(footprints, 'waitlists'));
  const holds = absent<Uuid, SlotHold>(ids);
  if (spans.length + ids.length + holders.length + entries.length + waitlists.length === 0) return holds;

  const { rows } = await selectSlotHolds(on, [...spanArrays(spans), ids, ...holderArrays(holders), entries, waitlists]);
  for (const row of rows) holds.set(row.id, slotHoldOf(row));
  return holds;
}

const holderArrays = byColumn<SlotHolder>(
  ({ holderId }) => holderId,
  ({ practitionerId }) => practitionerId,
);

function slotHoldOf(row: SlotHoldRow): SlotHold {
  return {
    id: row.id,
    holderId: row.holder_id,
    practitionerId: row.practitioner_id,
    status: row.status,
    startsAt: row.starts_ms,
    endsAt: row.ends_ms,
    bufferedUntil: row.buffered_ms,
    sessionType: row.session_type,
    expiresAt: row.expires_ms,
    waitlistEntryId: row.waitlist_entry_id,
  };
}
