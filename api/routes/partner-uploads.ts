import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { Request } from 'express';
import type pg from 'pg';
import { z } from 'zod';
import { readAs, type Viewer } from '../../db/queries/read-as.ts';
import { listUploadRows, readUploadId } from '../../db/queries/uploads.ts';
import { addUploadRows, beginUpload, endUpload, forgetUpload } from '../../db/uploads.ts';
import { operationIdOf, type Uuid } from '../../shared/domain/ids.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { partnerImport } from '../../shared/operations/partner-import/partner-import.ts';
import { fingerprintOf } from '../acceptance/fingerprint.ts';
import { commonHeaders, exchangeOf } from '../http/exchange.ts';
import { idempotencyKeyOf } from '../http/idempotency-key.ts';
import { idParameter } from '../http/parameters.ts';
import { notFound } from '../http/problem.ts';
import { answered, defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { operationSchema } from '../representations/operation.ts';
import { fileOf } from '../uploads/file-of.ts';
import { readMemberRows } from '../uploads/member-rows.ts';
import { resultHeader, resultLine } from '../uploads/result-csv.ts';
import { partnerRoles } from './partners.ts';
import { descriptionOf, keyHeader, preferHeader, type SubmissionDeps, schemaIdOf, submit } from './submissions.ts';

const importParameters = z.object({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .meta({ description: 'Says what would happen, and changes nothing. Takes a key of its own.' }),
});

export interface UploadDeps extends Pick<SubmissionDeps, 'app' | 'acceptance' | 'settlements'> {
  readonly reader: pg.Pool;
}

export function partnerUploadRoutes(deps: UploadDeps): Route[] {
  const imported = operationSchema
    .extend({ outcome: partnerImport.outcome.nullable() })
    .meta({ id: schemaIdOf(partnerImport) });
  return [
    defineRoute({
      method: 'post',
      path: '/v1/partner/bulk-upload-members',
      tag: 'Operations',
      summary: partnerImport.summary,
      description:
        `${descriptionOf(partnerImport)}\n\nThe first line is \`email,first_name,credits\`; at most 20 MB and 100,000 ` +
        'rows. A file that is none is refused as a whole (`invalid_file`, with the row).',
      roles: partnerRoles,
      params: nothing,
      query: importParameters,
      body: nothing,
      files: ['text/csv', 'multipart/form-data'],
      headers: [keyHeader, preferHeader],
      answers: {
        200: { description: 'The operation, final.', schema: imported },
        202: {
          description: 'The operation: durably recorded, not final yet.',
          schema: imported,
          headers: { Location: 'Where the operation is.' },
        },
      },
      precondition: idempotencyKeyOf,
      handle: async ({ caller, query: { dryRun }, req, res }) => {
        const operationId = operationIdOf(caller.id, idempotencyKeyOf(req));
        exchangeOf(res).operationId = operationId;
        const uploadId = randomUUID();
        try {
          const digest = await receive(deps, { req, caller, uploadId, operationId });
          const { payload, lane } = partnerImport.submit(caller, { uploadId, dryRun });
          const submission = {
            id: operationId,
            kind: partnerImport.kind,
            lane,
            callerId: caller.id,
            callerRoles: caller.roles,
            // Of the file, not of where it was put: the same file again is the same request.
            fingerprint: fingerprintOf(req.method, req.path, { digest, dryRun }),
            payload,
          };
          await submit(deps, { kind: partnerImport, submission, req, res });
        } finally {
          await forgetUpload(deps.app, uploadId).catch(() => undefined);
        }
        return answered;
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/partner/bulk-upload-members/:operationId/result',
      tag: 'Partners',
      summary: 'Download what became of every row of a file',
      description: 'Rows that are not decided yet have no result. No cell is a formula, whatever the file said.',
      roles: partnerRoles,
      params: z.object({ operationId: idParameter.shape.id }),
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'All rows, in their order.', contentType: 'text/csv', schema: z.string() } },
      handle: async ({ caller, params: { operationId }, res }) => {
        const viewer = viewerOf(caller);
        const uploadId = await readAs(deps.reader, viewer, (tx) => readUploadId(tx, operationId));
        if (uploadId === null) throw notFound('There is no such upload.');
        res.writeHead(200, [
          ...commonHeaders(res),
          'Content-Type',
          'text/csv; charset=utf-8',
          'Content-Disposition',
          'attachment; filename="result.csv"',
          'Cache-Control',
          'no-store',
        ]);
        await pipeline(resultOf(deps.reader, viewer, uploadId), res);
        return answered;
      },
    }),
  ];
}

/** Rows that are read at once: a file is never in memory as a whole. */
const rowsPerPage = 1_000;

/** The result in pieces, each read when the one before it is on its way, in a transaction of its own. */
async function* resultOf(reader: pg.Pool, viewer: Viewer, uploadId: Uuid): AsyncGenerator<string> {
  yield resultHeader;
  for (let position = 0; ; position += rowsPerPage) {
    const page = { uploadId, position, limit: rowsPerPage };
    const rows = await readAs(reader, viewer, (tx) => listUploadRows(tx, page));
    if (rows.length > 0) yield rows.map(resultLine).join('');
    if (rows.length < rowsPerPage) return;
  }
}

interface Receiving {
  readonly req: Request;
  readonly caller: Caller;
  readonly uploadId: Uuid;
  readonly operationId: Uuid;
}

/** Keeps the file's rows, as they come; its digest. */
async function receive({ app }: UploadDeps, { req, caller, uploadId, operationId }: Receiving): Promise<string> {
  return fileOf(req, async (file) => {
    await beginUpload(app, { id: uploadId, operationId, callerId: caller.id });
    const { rows, digest } = await readMemberRows(file, (run) => addUploadRows(app, uploadId, run));
    await endUpload(app, uploadId, rows);
    return digest;
  });
}
