import { hash } from 'node:crypto';
import { scheduledIdOf, type Uuid } from '../shared/domain/ids.ts';
import type { JsonObject } from '../shared/domain/json.ts';
import { timekeeper } from '../shared/domain/timekeeper.ts';
import type { Submission } from './accept.ts';

export interface Scheduled {
  /** What it is about and which turn of it this is: the same key is the same operation, for ever. */
  readonly key: string;
  readonly kind: string;
  readonly lane: Uuid;
  /** As the kind's own schema says. */
  readonly payload: JsonObject;
}

/** An operation that nobody asked for, as it is recorded: by the house itself, with the rights of `ops`. */
export function scheduled({ key, kind, lane, payload }: Scheduled): Submission {
  return {
    id: scheduledIdOf(kind, key),
    kind,
    lane,
    callerId: timekeeper.id,
    callerRoles: timekeeper.roles,
    fingerprint: hash('sha256', JSON.stringify([kind, payload]), 'buffer'),
    payload,
  };
}
