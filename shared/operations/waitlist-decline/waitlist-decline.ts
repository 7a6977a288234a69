import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { isKeeping } from '../../domain/slot-hold.ts';
import type { State } from '../../domain/state.ts';
import { offersTo } from '../../domain/waitlist.ts';
import { type Command, defineOperation } from '../define.ts';
import { entryNotFound, ownEntry } from '../waiting.ts';

const payload = z.strictObject({ entryId: id });

const outcome = z.object({
  entryId: z.uuid(),
  holdId: z.uuid().meta({ description: 'The slot hold that was given back.' }),
});

export type WaitlistDecline = Command<z.infer<typeof payload>>;

export function footprint({ payload: { entryId } }: WaitlistDecline): Footprint {
  return { waitlistEntries: [entryId] };
}

export function decide(state: State, { caller, at, payload: { entryId } }: WaitlistDecline): Decision {
  const entry = ownEntry(state, caller.id, entryId);
  if (entry === null) return entryNotFound;
  const hold = offersTo(state, entry).find((offered) => isKeeping(offered, at));
  if (hold === undefined) return rejected('hold_not_found', 'Nothing is offered to you at the moment.');
  return applied({ entryId, holdId: hold.id }, [{ type: 'slot-hold-ended', hold, as: 'released' }]);
}

export const waitlistDecline = defineOperation({
  kind: 'waitlist.decline',
  queue: 'booking',
  path: '/v1/waitlist/:entryId/decline',
  summary: 'Decline what is offered, and wait on',
  description: 'Gives an offered slot back before its time, and it goes to the next. The entry keeps its place.',
  payload,
  outcome,
  rejections: ['entry_not_found', 'hold_not_found'],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
