import type { UploadWanted } from '../shared/domain/footprint.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import { errorsToldMax, type RowError, rowsPerPart, type Upload, type UploadRow } from '../shared/domain/upload.ts';
import { lockAddresses, usersByAddress } from './addresses.ts';
import { type Queryable, sendTogether, statement } from './statement.ts';

/**
 * Locks the uploads and reads the next rows of each, with the users whose addresses are in them: some statements for
 * each upload, of which a batch has one. To be called when the partner is locked.
 */
export async function loadUploads(on: Queryable, wanted: readonly UploadWanted[]): Promise<Map<Uuid, Upload | null>> {
  const uploads = new Map<Uuid, Upload | null>();
  for (const one of wanted) uploads.set(one.uploadId, await loadUpload(on, one));
  return uploads;
}

interface UploadTableRow {
  readonly caller_id: Uuid;
  readonly total: number;
  readonly done: number;
  readonly created: number;
  readonly updated: number;
  readonly allocated: string;
  readonly failed: number;
}

const lockUpload = statement<UploadTableRow>(
  'lock_upload',
  `select caller_id, total, done, created, updated, allocated, failed from partner_uploads where id = $1
   for no key update`,
);

interface RowTableRow {
  readonly position: number;
  readonly line: number;
  readonly email: string;
  readonly first_name: string;
  readonly credits: string;
}

const selectRows = statement<RowTableRow>(
  'read_upload_rows',
  `select position, line, email, first_name, credits from partner_upload_rows
   where upload_id = $1 and position >= $2 and position < $2 + ${rowsPerPart} order by position`,
);

const selectEarlier = statement<{ address: string; created: boolean; credits: string }>(
  'read_earlier_upload_rows',
  `select lower(email) as address, bool_or(result = 'created') as created, sum(allocated)::bigint as credits
   from partner_upload_rows
   where upload_id = $1 and position < $2 and lower(email) = any($3::text[]) and result in ('created', 'updated')
   group by 1`,
);

const selectErrors = statement<RowError>(
  'read_upload_errors',
  `select line as row, email, result as code, message from partner_upload_rows
   where upload_id = $1 and position < $2 and message is not null order by position limit ${errorsToldMax}`,
);

async function loadUpload(on: Queryable, { uploadId, dryRun }: UploadWanted): Promise<Upload | null> {
  const [upload] = (await lockUpload(on, [uploadId])).rows;
  if (upload === undefined) return null;
  const { done, total } = upload;
  const rows = (await selectRows(on, [uploadId, done])).rows.map(rowOf);
  const addresses = [...new Set(rows.map(({ email }) => email.toLowerCase()))];
  await lockAddresses(on, addresses);

  const [users, earlier, errors] = await sendTogether(on, () => [
    usersByAddress(on, addresses),
    // Only a dry run needs what its earlier rows would have done, and only the last part what had failed.
    dryRun && done > 0 ? selectEarlier(on, [uploadId, done, addresses]) : Promise.resolve(null),
    done + rows.length >= total ? selectErrors(on, [uploadId, done]) : Promise.resolve(null),
  ]);
  return {
    id: uploadId,
    callerId: upload.caller_id,
    total,
    totals: {
      done,
      created: upload.created,
      updated: upload.updated,
      allocated: Number(upload.allocated),
      failed: upload.failed,
    },
    rows,
    users,
    earlier: new Map(
      (earlier?.rows ?? []).map(({ address, created, credits }) => [address, { created, credits: Number(credits) }]),
    ),
    errors: errors?.rows ?? [],
  };
}

function rowOf({ position, line, email, first_name: firstName, credits }: RowTableRow): UploadRow {
  return { position, line, email, firstName, credits };
}
