import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import type { State } from '../../domain/state.ts';
import { offersTo } from '../../domain/waitlist.ts';
import { type Command, defineOperation } from '../define.ts';
import { entryNotFound, ownEntry } from '../waiting.ts';

const payload = z.strictObject({ entryId: id });

const outcome = z.object({ entryId: z.uuid() });

export type WaitlistLeave = Command<z.infer<typeof payload>>;

export function footprint({ payload: { entryId } }: WaitlistLeave): Footprint {
  return { waitlistEntries: [entryId] };
}

export function decide(state: State, { caller, payload: { entryId } }: WaitlistLeave): Decision {
  const entry = ownEntry(state, caller.id, entryId);
  if (entry === null) return entryNotFound;
  return applied({ entryId }, [
    { type: 'waitlist-ended', entryId, as: 'left' },
    ...offersTo(state, entry).map((hold) => ({ type: 'slot-hold-ended', hold, as: 'released' }) as const),
  ]);
}

export const waitlistLeave = defineOperation({
  kind: 'waitlist.leave',
  queue: 'booking',
  path: '/v1/waitlist/:entryId/leave',
  summary: 'Wait no longer',
  description: 'Takes the caller off the waitlist; what is offered to them at the time goes to the next.',
  payload,
  outcome,
  rejections: ['entry_not_found'],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
