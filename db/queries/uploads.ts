import type { Uuid } from '../../shared/domain/ids.ts';
import type { Tx } from '../client.ts';

/** A row of an uploaded file, and what became of it; `result` null: not decided yet. */
export interface UploadResultRow {
  readonly position: number;
  readonly line: number;
  readonly email: string;
  readonly firstName: string;
  readonly credits: string;
  readonly result: string | null;
  readonly message: string | null;
}

/** The upload that an operation is about; null for none that the viewer may see. */
export async function readUploadId({ client }: Tx, operationId: Uuid): Promise<Uuid | null> {
  const { rows } = await client.query<{ id: Uuid }>(
    `select u.id from partner_uploads u join operations o on o.id = u.operation_id
     where o.id = $1 and o.payload ->> 'uploadId' = u.id::text`,
    [operationId],
  );
  return rows[0]?.id ?? null;
}

/** The next `limit` rows from `position` on, in the order of the file. */
export async function listUploadRows(
  { client }: Tx,
  { uploadId, position, limit }: { readonly uploadId: Uuid; readonly position: number; readonly limit: number },
): Promise<UploadResultRow[]> {
  const { rows } = await client.query<UploadResultRow>(
    `select position, line, email, first_name as "firstName", credits, result, message
     from partner_upload_rows where upload_id = $1 and position >= $2 order by position limit $3`,
    [uploadId, position, limit],
  );
  return rows;
}
