import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import { addUploadRows, beginUpload, endUpload, forgetUpload } from '../../db/uploads.ts';
import { operationIdOf, type Uuid } from '../../shared/domain/ids.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { partnerImport } from '../../shared/operations/partner-import/partner-import.ts';
import { fingerprintOf } from '../acceptance/fingerprint.ts';
import { exchangeOf } from '../http/exchange.ts';
import { idempotencyKeyOf } from '../http/idempotency-key.ts';
import { answered, defineRoute, nothing, type Route } from '../http/route.ts';
import { operationSchema } from '../representations/operation.ts';
import { fileOf } from '../uploads/file-of.ts';
import { readMemberRows } from '../uploads/member-rows.ts';
import { partnerRoles } from './partners.ts';
import { descriptionOf, keyHeader, preferHeader, type SubmissionDeps, schemaIdOf, submit } from './submissions.ts';

const importParameters = z.object({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .meta({ description: 'Says what would happen, and changes nothing. Takes a key of its own.' }),
});

export type UploadDeps = Pick<SubmissionDeps, 'app' | 'acceptance' | 'settlements'>;

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
  ];
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
