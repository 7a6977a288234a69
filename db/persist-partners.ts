import type { PartnerChanges } from '../shared/domain/apply-partners.ts';
import type { UploadAdvanced } from '../shared/domain/effects.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { Assignment, Member, Partner } from '../shared/domain/partner.ts';
import type { RowResult } from '../shared/domain/upload.ts';
import { byColumn } from './by-column.ts';
import { type Parameter, type Queryable, statement } from './statement.ts';
import { write } from './write.ts';

/** The writes of a batch about partners, in this order: what is referred to comes before what refers to it. */
export function partnerWrites(on: Queryable, changes: PartnerChanges): Promise<void>[] {
  const { uploadsAdvanced } = changes;
  const results = uploadsAdvanced.flatMap(({ uploadId, results: own }) => own.map((row) => ({ uploadId, ...row })));
  const { partners, membersCreated, membersChanged, assignmentsMade, assignmentsClosed } = changes;
  return [
    write('changed partners', partners.size, () => updatePartners(on, partnerArrays([...partners.values()]))),
    write('new members', membersCreated.size, () => insertMembers(on, newMemberArrays([...membersCreated.values()]))),
    write('changed members', membersChanged.size, () => updateMembers(on, memberArrays([...membersChanged.values()]))),
    write('new assignments', assignmentsMade.size, () =>
      insertAssignments(on, newAssignmentArrays([...assignmentsMade.values()])),
    ),
    write('closed assignments', assignmentsClosed.size, () =>
      closeAssignments(on, closedArrays([...assignmentsClosed.values()])),
    ),
    // An upload without any rows advances to where it is.
    write('advanced uploads', results.length === 0 ? 0 : uploadsAdvanced.length, () =>
      advanceUploads(on, uploadArrays(uploadsAdvanced)),
    ),
    write('settled rows', results.length, () => settleRows(on, rowArrays(results))),
  ];
}

const updatePartners = statement(
  'update_partners',
  `update partners p set funded = new.funded, expired = new.expired
   from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as new (id, funded, expired) where p.id = new.id`,
);

const partnerArrays = byColumn<Partner>(
  ({ id }) => id,
  ({ funded }) => funded,
  ({ expired }) => expired,
);

const insertMembers = statement(
  'insert_members',
  `insert into partner_members (id, first_name, status, user_id, credits_assigned, partner_id, email)
   select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::uuid[], $7::text[])`,
);

const updateMembers = statement(
  'update_members',
  `update partner_members m
   set first_name = new.first_name, status = new.status, user_id = new.user_id,
       credits_assigned = new.credits_assigned, updated_at = now()
   from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bigint[])
     as new (id, first_name, status, user_id, credits_assigned)
   where m.id = new.id`,
);

const memberArrays = byColumn<Member>(
  ({ id }) => id,
  ({ firstName }) => firstName,
  ({ status }) => status,
  ({ userId }) => userId,
  ({ creditsAssigned }) => creditsAssigned,
);

function newMemberArrays(members: readonly Member[]): Parameter[] {
  return [...memberArrays(members), ...fixedMemberArrays(members)];
}

const fixedMemberArrays = byColumn<Member>(
  ({ partnerId }) => partnerId,
  ({ email }) => email,
);

const insertAssignments = statement(
  'insert_assignments',
  `insert into partner_assignments (id, returned, expired, status, closed_at, partner_id, member_id, operation_id, amount,
                                    assigned_at, expires_at)
   select id, returned, expired, status, case when status = 'closed' then now() end, partner_id, member_id, operation_id,
          amount, assigned_at, expires_at
   from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::bigint[],
               $9::timestamptz[], $10::timestamptz[])
     as new (id, returned, expired, status, partner_id, member_id, operation_id, amount, assigned_at, expires_at)`,
);

function newAssignmentArrays(assignments: readonly Assignment[]): Parameter[] {
  return [...closedArrays(assignments), ...fixedAssignmentArrays(assignments)];
}

const fixedAssignmentArrays = byColumn<Assignment>(
  ({ status }) => status,
  ({ partnerId }) => partnerId,
  ({ memberId }) => memberId,
  ({ operationId }) => operationId,
  ({ amount }) => amount,
  ({ assignedAt }) => assignedAt,
  ({ expiresAt }) => expiresAt,
);

// One that is closed already has had something refunded, which has ended by itself.
const closeAssignments = statement(
  'close_assignments',
  `update partner_assignments a
   set status = 'closed', returned = new.returned, expired = new.expired, closed_at = coalesce(a.closed_at, now())
   from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as new (id, returned, expired)
   where a.id = new.id and a.returned <= new.returned and a.expired <= new.expired`,
);

const closedArrays = byColumn<Assignment>(
  ({ id }) => id,
  ({ returned }) => returned,
  ({ expired }) => expired,
);

const advanceUploads = statement(
  'advance_uploads',
  `update partner_uploads u
   set done = new.done, created = new.created, updated = new.updated, allocated = new.allocated, failed = new.failed
   from unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::bigint[], $6::int[])
     as new (id, done, created, updated, allocated, failed)
   where u.id = new.id and u.done < new.done`,
);

const uploadArrays = byColumn<UploadAdvanced>(
  ({ uploadId }) => uploadId,
  ({ totals }) => totals.done,
  ({ totals }) => totals.created,
  ({ totals }) => totals.updated,
  ({ totals }) => totals.allocated,
  ({ totals }) => totals.failed,
);

// A row is settled once: a part that comes a second time meets none, and its transaction fails.
const settleRows = statement(
  'settle_upload_rows',
  `update partner_upload_rows r set result = new.result, message = new.message, allocated = new.allocated
   from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bigint[])
     as new (upload_id, position, result, message, allocated)
   where r.upload_id = new.upload_id and r.position = new.position and r.result is null`,
);

const rowArrays = byColumn<RowResult & { readonly uploadId: Uuid }>(
  ({ uploadId }) => uploadId,
  ({ position }) => position,
  ({ result }) => result,
  ({ message }) => message,
  ({ credits }) => credits,
);
