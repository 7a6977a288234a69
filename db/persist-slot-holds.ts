import type { SlotHold } from '../shared/domain/state.ts';
import { plainArray, textArray } from './array-literal.ts';
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
  return insert(on, [
    ...endingArrays(holds),
    plainArray(holds.map(({ holderId }) => holderId)),
    plainArray(holds.map(({ practitionerId }) => practitionerId)),
    plainArray(holds.map(({ startsAt }) => instantOf(startsAt))),
    plainArray(holds.map(({ endsAt }) => instantOf(endsAt))),
    plainArray(holds.map(({ bufferedUntil }) => instantOf(bufferedUntil))),
    textArray(holds.map(({ sessionType }) => sessionType)),
    plainArray(holds.map(({ expiresAt }) => instantOf(expiresAt))),
    plainArray(holds.map(({ waitlistEntryId }) => waitlistEntryId)),
  ]);
}

const end = statement(
  'end_slot_holds',
  `update slot_holds h set status = new.status, ended_at = now()
   from unnest($1::uuid[], $2::text[]) as new (id, status)
   where h.id = new.id and h.status = 'live'`,
);

export function endSlotHolds(on: Queryable, holds: readonly SlotHold[]): Promise<{ rowCount: number | null }> {
  return end(on, endingArrays(holds));
}

function endingArrays(holds: readonly SlotHold[]): string[] {
  return [plainArray(holds.map(({ id }) => id)), plainArray(holds.map(({ status }) => status))];
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}
