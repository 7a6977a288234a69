import { rejected } from '../domain/decision.ts';
import type { Uuid } from '../domain/ids.ts';
import { lookup, type State, type WaitlistEntry } from '../domain/state.ts';

/** The entry when it is the caller's and they still wait; somebody else's is as absent, so that ids cannot be probed. */
export function ownEntry(state: State, callerId: Uuid, entryId: Uuid): WaitlistEntry | null {
  const entry = lookup(state.waitlistEntries, entryId);
  return entry !== null && entry.clientId === callerId && entry.status === 'waiting' ? entry : null;
}

export const entryNotFound = rejected('entry_not_found', 'You have no such place on a waitlist.');
