import type { Request, Response } from 'express';
import type pg from 'pg';
import { z } from 'zod';
import type { Submission } from '../../db/accept.ts';
import { ownerOfPartner } from '../../db/partners.ts';
import { isFinal, laneOfOperation, type OperationRecord } from '../../db/queries/operations.ts';
import { type Settlements, waitUntilFinal } from '../../db/settlements.ts';
import type { FieldError } from '../../shared/contract/problems.ts';
import { operationIdOf, type Uuid } from '../../shared/domain/ids.ts';
import type { OperationKind } from '../../shared/operations/define.ts';
import type { Acceptance } from '../acceptance/acceptance.ts';
import { fingerprintOf } from '../acceptance/fingerprint.ts';
import { exchangeOf } from '../http/exchange.ts';
import { idempotencyKeyOf } from '../http/idempotency-key.ts';
import { preferredWaitOf } from '../http/preferred-wait.ts';
import { invalid, notFound, Problem, unavailable } from '../http/problem.ts';
import { answered, defineRoute, nothing, type Route, sendJson } from '../http/route.ts';
import { freshOperation, operationPath, operationSchema, operationView } from '../representations/operation.ts';

/*
 * Every write of the contract comes through here: key → id → row. Whoever waits for the outcome begins to listen
 * before the row is written, so that no notice can come too early.
 */

export interface SubmissionDeps {
  readonly app: pg.Pool;
  readonly kinds: readonly OperationKind[];
  readonly acceptance: Acceptance;
  readonly settlements: Settlements;
}

export const preferHeader = {
  name: 'Prefer',
  required: false,
  description: '`wait=N`: hold the answer until the operation is final, for at most N seconds (0 to 30).',
  schema: z.string(),
};

export const keyHeader = {
  name: 'Idempotency-Key',
  required: true,
  description: 'The same key and request from the same caller give the same operation, for ever.',
  schema: z.string().min(1).max(255),
};

/** One route for each kind of operation that callers submit. */
export function submissionRoutes({ kinds, ...deps }: SubmissionDeps): Route[] {
  return kinds.flatMap((kind) => {
    const { path } = kind;
    if (path === null) return [];
    const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
    const submitted = operationSchema.extend({ outcome: kind.outcome.nullable() }).meta({ id: schemaIdOf(kind) });
    return defineRoute({
      method: kind.method ?? 'post',
      path,
      tag: 'Operations',
      summary: kind.summary,
      description: descriptionOf(kind),
      ...(kind.allowed === undefined ? {} : { roles: kind.allowed }),
      params: z.object(Object.fromEntries(parameters.map((name) => [name, z.string()]))),
      query: nothing,
      body: z.unknown(),
      payload: kind.payload,
      headers: [keyHeader, preferHeader],
      answers: {
        200: { description: 'The operation, final.', schema: submitted },
        202: {
          description: 'The operation: durably recorded, not final yet.',
          schema: submitted,
          headers: { Location: 'Where the operation is.' },
        },
      },
      precondition: idempotencyKeyOf,
      handle: async ({ caller, params, body, req, res }) => {
        const { payload, lane: named, isAllowed } = kind.submit(caller, payloadOf(body, params));
        if (!isAllowed) throw new Problem('forbidden', 'This is not yours to ask for.');
        const lane = await laneOf(deps.app, kind, named);
        const submission = {
          id: operationIdOf(caller.id, idempotencyKeyOf(req)),
          kind: kind.kind,
          lane,
          callerId: caller.id,
          callerRoles: caller.roles,
          fingerprint: fingerprintOf(req.method, req.path, body),
          payload,
        };
        exchangeOf(res).operationId = submission.id;
        const late = kind.untimely(payload, Date.now());
        if (late !== null) await refuseLate(deps.settlements, submission.id, late);
        await submit(deps, { kind, submission, req, res });
        return answered;
      },
    });
  });
}

/** Of what does not exist it does not matter: it will be rejected. */
async function laneOf(app: pg.Pool, { laneIsOf }: OperationKind, named: Uuid): Promise<Uuid> {
  if (laneIsOf === 'partner') return (await ownerOfPartner(app, named)) ?? named;
  if (laneIsOf === 'operation') return (await laneOfOperation(app, named)) ?? named;
  return named;
}

/** Refuses what comes too late, unless it was recorded when it was in time: a repeat is answered for ever. */
async function refuseLate(settlements: Settlements, id: Uuid, late: FieldError): Promise<void> {
  if ((await settlements.read(id)) === null) throw invalid(late.path, late.message);
}

interface Submitting {
  readonly kind: OperationKind;
  readonly submission: Submission;
  readonly req: Request;
  readonly res: Response;
}

/** Records a submission and answers with its operation, waiting for it as long as the request prefers. */
export async function submit(
  { acceptance, settlements }: Pick<SubmissionDeps, 'acceptance' | 'settlements'>,
  { kind, submission, req, res }: Submitting,
): Promise<void> {
  const waitSeconds = preferredWaitOf(req);
  const wait = waitSeconds ? waitUntilFinal(settlements, submission.id, waitSeconds * 1_000) : null;
  if (wait !== null) res.once('close', wait.cancel);
  try {
    const accepted = await acceptance.submit(submission, kind.queue);
    const operation =
      accepted.status === 'accepted'
        ? freshOperation(submission, accepted.acceptedAt)
        : await recorded(settlements, submission);
    const isDone = wait === null || isFinal(operation.status);
    sendOperation(res, isDone ? operation : ((await wait.done) ?? operation), waitSeconds);
  } finally {
    wait?.cancel();
  }
}

/** The operation that an earlier request has recorded under this id. */
async function recorded(settlements: Settlements, { id, callerId }: Submission): Promise<OperationRecord> {
  const operation = await settlements.read(id);
  if (operation === null) throw unavailable('The operation cannot be read at the moment.');
  // Read as the application, which sees everything. The id is made of the caller's own, so this never happens.
  if (operation.callerId !== callerId) throw notFound();
  return operation;
}

/** 200 for what is final, 202 for what is not; says whether a preference was applied. */
function sendOperation(res: Response, operation: OperationRecord, waitSeconds: number | null): void {
  const view = operationView(operation);
  if (!isFinal(operation.status)) sendJson(res, 202, view, ['Location', operationPath(operation.id)]);
  else sendJson(res, 200, view, waitSeconds === null ? [] : ['Preference-Applied', `wait=${waitSeconds}`]);
}

/** Path parameters are members of the payload, and only the path may give them. */
function payloadOf(body: unknown, params: Readonly<Record<string, string>>): unknown {
  // Anything else than an object is refused by the schema, in its own words.
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  for (const name of Object.keys(params)) {
    if (!Object.hasOwn(body, name)) continue;
    const error = { path: name, message: 'is not a known member' };
    throw new Problem('invalid_request', `${name} belongs into the path.`, { errors: [error] });
  }
  return { ...body, ...params };
}

/** `booking.create` → `BookingCreateOperation`. */
export function schemaIdOf({ kind }: OperationKind): string {
  const words = kind.split(/[._]/).map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}Operation`;
}

export function descriptionOf({ kind, description, rejections }: OperationKind): string {
  const codes = rejections.map((code) => `\`${code}\``).join(', ');
  return `${description}\n\nKind \`${kind}\`. Rejected, in the order of the checks, with ${codes}.`;
}
