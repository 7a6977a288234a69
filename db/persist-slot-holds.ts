import type { SlotHold } from '../shared/domain/state.ts';
import { byColumn } from './by-column.ts';
import { type Queryable, statement } from './statement.ts';

const insert = statement(
  'insert_slot_holds',
  `insert into slot_holds (id, status, holder_id, practitioner_id, starts_at, ends_at, buffered_until, session_type,
                           expires_at, waitlist_entry_id, ended_at)
   select *, case when new.status <> 'live' then now() end
   from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
     $8::text[], $9::timestamptz[], $10::uuid[])
     as new (id, status, holder_id, practitioner_id, starts_at, ends_at, buffered_until, session_type, expires_at,
       waitlist_entry_id)`,
);

export function insertSlotHolds(on: Queryable, holds: readonly SlotHold[]): Promise<{ rowCount: number | null }> {
  return insert(on, [...endingArrays(holds), ...fixedArrays(holds)]);
}

const fixedArrays = byColumn<SlotHold>(
  ({ holderId }) => holderId,
  ({ practitionerId }) => practitionerId,
  ({ startsAt }) => startsAt,
  ({ endsAt }) => endsAt,
  ({ bufferedUntil }) => bufferedUntil,
  ({ sessionType }) => sessionType,
  ({ expiresAt }) => expiresAt,
  ({ waitlistEntryId }) => waitlistEntryId,
);

const end = statement(
  'end_slot_holds',
  `update slot_holds h set status = new.status, ended_at = now()
   from unnest($1::uuid[], $2::text[]) as new (id, status)
   where h.id = new.id and h.status = 'live'`,
);

export function endSlotHolds(on: Queryable, holds: readonly SlotHold[]): Promise<{ rowCount: number | null }> {
  return end(on, endingArrays(holds));
}

const endingArrays = byColumn<SlotHold>(
  ({ id }) => id,
  ({ status }) => status,
);
