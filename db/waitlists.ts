import { absent } from '../shared/domain/absent.ts';
import { distinct } from '../shared/domain/distinct.ts';
import { type Footprint, named } from '../shared/domain/footprint.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { FreedSlot, WaitlistEntry, WaitlistStatus } from '../shared/domain/state.ts';
import { type Queryable, statement } from './statement.ts';

const ms = (column: string, name: string) => `(extract(epoch from ${column}) * 1000)::float8 as ${name}`;

interface EntryRow {
  readonly id: Uuid;
  readonly client_id: Uuid;
  readonly practitioner_id: Uuid;
  readonly status: WaitlistStatus;
  readonly begins_ms: number;
  readonly ends_ms: number;
  readonly duration_minutes: number;
  readonly session_type: string;
  readonly joined_ms: number;
  readonly is_client_active: boolean;
}

const entryColumns = [
  'e.id, e.client_id, e.practitioner_id, e.status, e.duration_minutes, e.session_type',
  'u.active and u.deleted_at is null as is_client_active',
  ms('e.begins_at', 'begins_ms'),
  ms('e.ends_at', 'ends_ms'),
  ms('e.joined_at', 'joined_ms'),
].join(', ');

const selectEntries = statement<EntryRow>(
  'read_waitlist_entries',
  `select entry.*
   from unnest($1::uuid[]) as wanted (id)
   cross join lateral (
     select ${entryColumns} from waitlist_entries e join users u on u.id = e.client_id
     where e.id = wanted.id and e.waiting_practitioner_id is not null
   ) as entry
   union all
   select entry.*
   from unnest($2::uuid[]) as wanted (practitioner_id)
   cross join lateral (
     select ${entryColumns} from waitlist_entries e join users u on u.id = e.client_id
     where e.waiting_practitioner_id = wanted.practitioner_id
   ) as entry`,
);

/** Those who wait, by the ids and the practitioners that these footprints name; null for an id that does not wait. */
export async function readWaitlistEntries(
  on: Queryable,
  footprints: readonly Footprint[],
): Promise<Map<Uuid, WaitlistEntry | null>> {
  const ids = named(footprints, 'waitlistEntries');
  const practitioners = distinct(named(footprints, 'waitlists'));
  const entries = absent<Uuid, WaitlistEntry>(ids);
  if (ids.length === 0 && practitioners.length === 0) return entries;
  const { rows } = await selectEntries(on, [ids, practitioners]);
  for (const row of rows) entries.set(row.id, entryOf(row));
  return entries;
}

function entryOf(row: EntryRow): WaitlistEntry {
  return {
    id: row.id,
    clientId: row.client_id,
    practitionerId: row.practitioner_id,
    status: row.status,
    from: row.begins_ms,
    to: row.ends_ms,
    durationMinutes: row.duration_minutes,
    sessionType: row.session_type,
    joinedAt: row.joined_ms,
    isClientActive: row.is_client_active,
  };
}

interface FreedSlotRow {
  readonly id: Uuid;
  readonly practitioner_id: Uuid;
  readonly starts_ms: number;
  readonly ends_ms: number;
  readonly status: FreedSlot['status'];
  readonly offered_to: readonly Uuid[];
  readonly hold_id: Uuid | null;
}

const selectFreedSlots = statement<FreedSlotRow>(
  'read_freed_slots',
  `select f.id, f.practitioner_id, f.status, f.offered_to, f.hold_id, ${ms('f.starts_at', 'starts_ms')},
          ${ms('f.ends_at', 'ends_ms')}
   from freed_slots f where f.id = any($1::uuid[])`,
);

/** The freed slots that these footprints name; null for one that was not kept. */
export async function readFreedSlots(
  on: Queryable,
  footprints: readonly Footprint[],
): Promise<Map<Uuid, FreedSlot | null>> {
  const ids = named(footprints, 'freedSlots');
  const slots = absent<Uuid, FreedSlot>(ids);
  if (ids.length === 0) return slots;
  const { rows } = await selectFreedSlots(on, [ids]);
  for (const row of rows) slots.set(row.id, freedSlotOf(row));
  return slots;
}

function freedSlotOf(row: FreedSlotRow): FreedSlot {
  return {
    id: row.id,
    practitionerId: row.practitioner_id,
    startsAt: row.starts_ms,
    endsAt: row.ends_ms,
    status: row.status,
    offeredTo: row.offered_to,
    holdId: row.hold_id,
  };
}
