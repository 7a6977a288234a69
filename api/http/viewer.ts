import type { Viewer } from '../../db/queries/read-as.ts';
import { hasRole } from '../../shared/contract/roles.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { notFound } from './problem.ts';

/** With whose eyes the database is read for a caller. */
export function viewerOf({ id, roles }: Caller): Viewer {
  return { id, isOperator: hasRole(roles, 'ops') };
}

/** 404 for what is somebody else's, unless an operator asks. */
export function assertOwn(caller: Caller, userId: Uuid): void {
  if (caller.id !== userId && !hasRole(caller.roles, 'ops')) throw notFound('There is no such user.');
}
