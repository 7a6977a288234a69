import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { appliedInPart, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import type { JsonObject } from '../../domain/json.ts';
import { partnerOf } from '../../domain/partner-credits.ts';
import { lookup, type State } from '../../domain/state.ts';
import { errorsToldMax, type RowError, type Upload, type UploadTotals } from '../../domain/upload.ts';
import { type Command, defineOperation } from '../define.ts';
import { noPartner } from '../partner-rejections.ts';
import { importRows } from './import-rows.ts';

const payload = z.strictObject({
  uploadId: id,
  dryRun: z.boolean(),
});

const count = z.int().min(0);

const outcome = z.object({
  total: count.meta({ description: 'Rows of the file.' }),
  created: count.meta({ description: 'Rows.' }),
  updated: count.meta({ description: 'Rows.' }),
  allocated: count.meta({ description: 'Credits.' }),
  failed: count.meta({ description: 'Rows.' }),
  errors: z
    .array(z.object({ row: z.int(), email: z.string(), code: z.string(), message: z.string() }))
    .meta({ description: `The first ${errorsToldMax}; all of them are in the result (see \`links\`).` }),
});

export type PartnerImport = Command<z.infer<typeof payload>>;

export function footprint({ caller, payload: { uploadId, dryRun } }: PartnerImport): Footprint {
  return { ownPartners: [caller.id], uploads: [{ uploadId, ownerId: caller.id, dryRun }] };
}

export function decide(state: State, command: PartnerImport): Decision {
  const partner = partnerOf(state, command.caller.id);
  if (partner === null) return noPartner();
  const upload = lookup(state.uploads, command.payload.uploadId);
  if (upload === null || upload.callerId !== command.caller.id)
    return rejected('upload_not_found', 'There is no such upload.');

  const { effects, results, totals, errors } = importRows(state, partner, upload, {
    operationId: command.id,
    at: command.at,
    isDryRun: command.payload.dryRun,
  });
  const isLast = totals.done >= upload.total;
  return appliedInPart(
    outcomeOf(upload, totals, isLast ? [...upload.errors, ...errors] : []),
    [...effects, { type: 'upload-advanced', uploadId: upload.id, totals, results }],
    // A row posts two transfers at most: its credits, and what its receiver owes. So each part has numbers of its own.
    { firstOrdinal: 2 * upload.totals.done, isLast },
  );
}

function outcomeOf(
  { total }: Upload,
  { created, updated, allocated, failed }: UploadTotals,
  errors: readonly RowError[],
): JsonObject {
  const told = errors.slice(0, errorsToldMax).map((error) => ({ ...error }));
  return { total, created, updated, allocated, failed, errors: told };
}

export const partnerImport = defineOperation({
  kind: 'partner.import',
  queue: 'allocation',
  path: null, // a file has a route of its own
  inParts: true,
  summary: 'Add members and assign credits from a file',
  description: 'One row after the other, in parts; a row that fails says why, and the others go on.',
  payload,
  outcome,
  rejections: ['partner_not_found', 'upload_not_found'],
  allowed: ['partner'],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
