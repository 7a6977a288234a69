import type pg from 'pg';
import type { Uuid } from '../shared/domain/ids.ts';
import type { UploadRow } from '../shared/domain/upload.ts';
import { statement } from './statement.ts';

/*
 * A file is kept row by row while it is received, in statements of their own: no transaction waits for a slow sender.
 * Rows count from the moment on in which an operation names their upload.
 */

// What nobody will ever ask for goes with the next upload: of a request that broke off with the process that served it.
const openUpload = statement(
  'open_upload',
  `with forgotten as (
     delete from partner_uploads u
     where u.created_at < now() - interval '1 day' and not exists (
       select from operations o where o.id = u.operation_id and o.payload ->> 'uploadId' = u.id::text)
   )
   insert into partner_uploads (id, operation_id, caller_id) values ($1, $2, $3)`,
);

const insertRows = statement(
  'insert_upload_rows',
  `insert into partner_upload_rows (upload_id, position, line, email, first_name, credits)
   select $1, * from unnest($2::int[], $3::int[], $4::text[], $5::text[], $6::text[])`,
);

const closeUpload = statement('close_upload', 'update partner_uploads set total = $2 where id = $1');

const discardUpload = statement(
  'discard_upload',
  `delete from partner_uploads u where u.id = $1 and not exists (
     select from operations o where o.id = u.operation_id and o.payload ->> 'uploadId' = u.id::text)`,
);

/** A new upload, for the operation that will be recorded when all of it is here. */
export async function beginUpload(
  pool: pg.Pool,
  { id, operationId, callerId }: { readonly id: Uuid; readonly operationId: Uuid; readonly callerId: Uuid },
): Promise<void> {
  await openUpload(pool, [id, operationId, callerId]);
}

export async function addUploadRows(pool: pg.Pool, id: Uuid, rows: readonly UploadRow[]): Promise<void> {
  await insertRows(pool, [
    id,
    rows.map(({ position }) => position),
    rows.map(({ line }) => line),
    rows.map(({ email }) => email),
    rows.map(({ firstName }) => firstName),
    rows.map(({ credits }) => credits),
  ]);
}

/** Says how many rows there are: all of them are here. */
export async function endUpload(pool: pg.Pool, id: Uuid, total: number): Promise<void> {
  await closeUpload(pool, [id, total]);
}

/** Forgets an upload, unless an operation was recorded for it. */
export async function forgetUpload(pool: pg.Pool, id: Uuid): Promise<void> {
  await discardUpload(pool, [id]);
}
