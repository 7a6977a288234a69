import { z } from 'zod';
import { id } from '../../contract/wire.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { isKeeping } from '../../domain/slot-hold.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';

const payload = z.strictObject({ holdId: id });

const outcome = z.object({ holdId: z.uuid() });

export type SlotRelease = Command<z.infer<typeof payload>>;

/**
 * No calendar is locked for it. Whatever ends a hold runs in its holder's lane, so nobody else can end it meanwhile;
 * and who decides on the slot before this commits finds it held, as if they had come a moment earlier.
 */
export function footprint({ payload: { holdId } }: SlotRelease): Footprint {
  return { slotHolds: [holdId] };
}

export function decide(state: State, { caller, at, payload: { holdId } }: SlotRelease): Decision {
  const hold = lookup(state.slotHolds, holdId);
  // Somebody else's is reported as absent, so that ids cannot be probed.
  if (hold === null || hold.holderId !== caller.id || !isKeeping(hold, at)) {
    return rejected('hold_not_found', 'There is no such hold, or it has ended.');
  }
  return applied({ holdId }, [{ type: 'slot-hold-ended', hold, as: 'released' }]);
}

export const slotRelease = defineOperation({
  kind: 'slot.release',
  queue: 'booking',
  path: '/v1/slot-holds/:holdId/release',
  summary: 'Give a held slot back',
  description: 'Its holder ends a slot hold before its time, and anybody can have the slot again.',
  payload,
  outcome,
  rejections: ['hold_not_found'],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
