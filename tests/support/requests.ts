import { createHash } from 'node:crypto';
import type { Submission } from '../../db/accept.ts';
import { operationIdOf, type Uuid } from '../../shared/domain/ids.ts';
import type { Caller, OperationKind } from '../../shared/operations/define.ts';
import { testKinds } from './test-kinds.ts';

/** What somebody asks for, before it is anything. */
export interface Request {
  readonly kind: string;
  readonly caller: Caller;
  readonly payload: unknown;
  readonly key: string;
}

const admin: Caller = { id: 'aaaaaaaa-0000-4000-8000-000000000000', roles: ['admin'] };

let keys = 0;

/** A key that no other request of this process has. */
function newKey(): string {
  keys += 1;
  return `key-${process.pid}-${keys}`;
}

function aRequest(kind: string, callerId: Uuid, payload: unknown, key = newKey()): Request {
  return { kind, caller: { id: callerId, roles: ['client'] }, payload, key };
}

/** An hour of massage, `hour` hours after the beginning of the day after tomorrow (UTC). */
export function booking(clientId: Uuid, practitionerId: Uuid, hour: number): Request {
  const payload = { practitionerId, startsAt: startOf(hour), durationMinutes: 60, sessionType: 'massage' };
  return aRequest('booking.create', clientId, payload);
}

export function cancellation(callerId: Uuid, bookingId: Uuid): Request {
  return aRequest('booking.cancel', callerId, { bookingId });
}

export function transfer(fromId: Uuid, toUserId: Uuid, amount: number): Request {
  return aRequest('credits.transfer', fromId, { toUserId, amount });
}

/** Of any kind, asked by somebody whose token has no role unless it says so. */
export function about(kind: string, callerId: Uuid, payload: unknown, roles: Caller['roles'] = []): Request {
  return { kind, caller: { id: callerId, roles }, payload, key: newKey() };
}

export function allocation(userId: Uuid, amount: number): Request {
  return { ...aRequest('credits.allocate', admin.id, { userId, amount, source: 'bonus' }), caller: admin };
}

export function fault(callerId: Uuid, how: 'throws' | 'kills', endsAt: number): Request {
  return aRequest('test.faulty', callerId, { how, until: endsAt });
}

/** Past every operation's time: such a fault never goes away by itself. */
export const forEver = Date.UTC(9000, 0, 1);

export function startOf(hour: number): string {
  const dayMs = 24 * 3_600_000;
  const midnight = Math.ceil(Date.now() / dayMs) * dayMs + dayMs;
  return new Date(midnight + hour * 3_600_000).toISOString();
}

const kinds = new Map(testKinds.map((kind) => [kind.kind, kind]));

export function kindOf({ kind }: { readonly kind: string }): OperationKind {
  const found = kinds.get(kind);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return found;
}

/** The row that the API would make of a request. */
export function submissionOf(request: Request): Submission {
  const { caller, key, kind, payload: raw } = request;
  const { payload, lane } = kindOf(request).submit(caller, raw);
  const fingerprint = createHash('sha256')
    .update(`${kind} ${JSON.stringify(raw)}`)
    .digest();
  return {
    id: operationIdOf(caller.id, key),
    kind,
    lane,
    callerId: caller.id,
    callerRoles: caller.roles,
    fingerprint,
    payload,
  };
}
