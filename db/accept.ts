import type { Uuid } from '../shared/domain/ids.ts';
import { plainArray } from './array-literal.ts';
import { byColumn } from './by-column.ts';
import { type Queryable, statement } from './statement.ts';

/** An operation as the API submits it. */
export interface Submission {
  readonly id: Uuid;
  readonly kind: string;
  readonly lane: Uuid;
  readonly callerId: Uuid;
  readonly callerRoles: readonly string[];
  /** SHA-256 of method, path and canonical body. */
  readonly fingerprint: Buffer;
  /** JSON. */
  readonly payload: unknown;
}

/**
 * `accepted`: recorded now, durably. `repeated`: this id is recorded already, with the same fingerprint; `reused`: with
 * another one. `refused`: the lane has as many operations waiting as it may.
 */
export type Acceptance =
  | { readonly status: 'accepted'; readonly acceptedAt: Date }
  | { readonly status: 'repeated' | 'reused' | 'refused' };

interface AcceptanceRow {
  readonly id: Uuid;
  /** Null unless it is recorded now. */
  readonly accepted_at: Date | null;
  readonly is_repeat: boolean | null;
}

/**
 * One statement, and therefore one round trip and one commit, for any number of operations of any number of lanes.
 *
 * Locks: the tails of the lanes, in the order of their ids, so that two API processes never deadlock; the heads, which
 * workers lock, are only read. Numbers are gapless because the tail's counter and the rows that use them commit
 * together. When another process records one of the ids in the same instant, the primary key makes the whole statement
 * fail (23505), nothing is recorded, and on the next try the id is seen as a repeat.
 *
 * Rows are looked up by scalar subqueries, which can only be index look-ups, and lanes find their tail by position in
 * an array, because joining the parts with each other cost time in the square of the batch.
 */
const accept = statement<AcceptanceRow>(
  'accept',
  `with wanted as (
     select w.*, (select o.fingerprint from operations o where o.id = w.id) as recorded
     from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::bytea[], $7::text[])
       with ordinality as w (id, kind, lane, caller_id, caller_roles, fingerprint, payload, position)
   ), fresh as (
     select *, row_number() over (partition by lane order by position) as nth,
            coalesce((select t.last_seq from lane_tails t where t.id = lane), 0) as last_seq,
            (select h.settled_seq from lane_heads h where h.id = lane) as settled_seq
     from wanted where recorded is null
   ), admitted as (
     select *, count(*) over (partition by lane) as of_lane, dense_rank() over (order by lane) as lane_position
     from fresh where last_seq - coalesce(settled_seq, 0) + nth <= $8
   ), tails as (
     insert into lane_tails as t (id, last_seq, last_accepted_at)
     select lane, of_lane, clock_timestamp() from admitted where nth = 1 order by lane
     on conflict (id) do update
       set last_seq = t.last_seq + excluded.last_seq,
           last_accepted_at = greatest(t.last_accepted_at, excluded.last_accepted_at)
     returning id, last_seq, last_accepted_at
   ), numbers as (
     select array_agg(last_seq order by id) as last_seqs, array_agg(last_accepted_at order by id) as times from tails
   ), heads as (
     insert into lane_heads (id) select lane from admitted where nth = 1 and settled_seq is null order by lane
     on conflict do nothing
   ), recorded as (
     insert into operations (id, kind, lane, lane_seq, caller_id, caller_roles, fingerprint, payload, accepted_at)
     select id, kind, lane, last_seqs[lane_position] - of_lane + nth, caller_id, caller_roles::text[], fingerprint,
            payload::jsonb, times[lane_position]
     from admitted cross join numbers
     returning id, accepted_at
   )
   select id, accepted_at, null as is_repeat from recorded
   union all
   select id, null, recorded = fingerprint from wanted where recorded is not null`,
);

/**
 * Records operations durably; answers in the order asked. The ids must differ from each other. Fails as a whole or not
 * at all: 23505 when one of the ids was recorded meanwhile (try again), anything else as `failureKindOf` says.
 */
export async function acceptOperations(
  on: Queryable,
  submissions: readonly Submission[],
  waitingPerLaneMax: number,
): Promise<Acceptance[]> {
  const { rows } = await accept(on, [...submissionArrays(submissions), waitingPerLaneMax]);
  const found = new Map<Uuid, Acceptance>();
  for (const row of rows) found.set(row.id, acceptanceOf(row));
  const answers: Acceptance[] = [];
  for (const { id } of submissions) answers.push(found.get(id) ?? { status: 'refused' });
  return answers;
}

const submissionArrays = byColumn<Submission>(
  ({ id }) => id,
  ({ kind }) => kind,
  ({ lane }) => lane,
  ({ callerId }) => callerId,
  ({ callerRoles }) => plainArray(callerRoles),
  ({ fingerprint }) => fingerprint,
  ({ payload }) => JSON.stringify(payload),
);

function acceptanceOf({ accepted_at: acceptedAt, is_repeat: isRepeat }: AcceptanceRow): Acceptance {
  if (acceptedAt !== null) return { status: 'accepted', acceptedAt };
  return { status: isRepeat === true ? 'repeated' : 'reused' };
}
