import type { Uuid } from '../shared/domain/ids.ts';
import type { FreedSlot, WaitlistEntry, WaitlistStatus } from '../shared/domain/state.ts';
import { plainArray } from './array-literal.ts';
import { byColumn } from './by-column.ts';
import { type Queryable, statement } from './statement.ts';

interface Written {
  readonly rowCount: number | null;
}

const insertEntries = statement(
  'insert_waitlist_entries',
  `insert into waitlist_entries (id, status, client_id, practitioner_id, begins_at, ends_at, duration_minutes,
                                 session_type, joined_at, ended_at)
   select *, case when new.status <> 'waiting' then now() end
   from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::int[],
     $8::text[], $9::timestamptz[])
     as new (id, status, client_id, practitioner_id, begins_at, ends_at, duration_minutes, session_type, joined_at)`,
);

export function insertWaitlistEntries(on: Queryable, entries: readonly WaitlistEntry[]): Promise<Written> {
  return insertEntries(on, entryArrays(entries));
}

const entryArrays = byColumn<WaitlistEntry>(
  ({ id }) => id,
  ({ status }) => status,
  ({ clientId }) => clientId,
  ({ practitionerId }) => practitionerId,
  ({ from }) => from,
  ({ to }) => to,
  ({ durationMinutes }) => durationMinutes,
  ({ sessionType }) => sessionType,
  ({ joinedAt }) => joinedAt,
);

// Whoever books two offers is served by the first one: the second finds the entry ended, and changes nothing about it.
const endEntries = statement(
  'end_waitlist_entries',
  `update waitlist_entries e
   set status = case when e.status = 'waiting' then new.status else e.status end, ended_at = coalesce(e.ended_at, now())
   from unnest($1::uuid[], $2::text[]) as new (id, status)
   where e.id = new.id`,
);

export function endWaitlistEntries(on: Queryable, ended: ReadonlyMap<Uuid, WaitlistStatus>): Promise<Written> {
  return endEntries(on, [[...ended.keys()], [...ended.values()]]);
}

// Only what is still to come, and where somebody waits. Whoever joins holds the practitioner's calendar, as we do: they
// are seen here, or have joined after the slot was there for everybody.
const insertFreed = statement(
  'insert_freed_slots',
  `insert into freed_slots (id, practitioner_id, starts_at, ends_at, status)
   select new.id, new.practitioner_id, new.starts_at, new.ends_at, 'open'
   from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
     as new (id, practitioner_id, starts_at, ends_at)
   where new.starts_at > now()
     and exists (select from waitlist_entries e where e.waiting_practitioner_id = new.practitioner_id)`,
);

/** Keeps those of the freed slots that somebody may want. */
export function insertFreedSlots(on: Queryable, slots: readonly FreedSlot[]): Promise<Written> {
  return insertFreed(on, newSlotArrays(slots));
}

const newSlotArrays = byColumn<FreedSlot>(
  ({ id }) => id,
  ({ practitionerId }) => practitionerId,
  ({ startsAt }) => startsAt,
  ({ endsAt }) => endsAt,
);

// Open is what is not closed: by that name the planner would go through all that are (see `updateHolds`).
const updateFreed = statement(
  'update_freed_slots',
  `update freed_slots f set status = new.status, hold_id = new.hold_id, offered_to = new.offered_to::uuid[]
   from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) as new (id, status, hold_id, offered_to)
   where f.id = new.id and f.status <> 'closed'`,
);

export function updateFreedSlots(on: Queryable, slots: readonly FreedSlot[]): Promise<Written> {
  return updateFreed(on, changedSlotArrays(slots));
}

const changedSlotArrays = byColumn<FreedSlot>(
  ({ id }) => id,
  ({ status }) => status,
  ({ holdId }) => holdId,
  ({ offeredTo }) => plainArray(offeredTo),
);
