import type { SlotHoldEnded, WaitlistEnded } from './effects.ts';
import type { Uuid } from './ids.ts';
import type { Interval } from './interval.ts';
import type { SlotHold, State } from './state.ts';

/** Whether it keeps its slot at `at` (epoch ms). It dies by time alone, at the very instant `expiresAt`. */
export function isKeeping({ status, expiresAt }: SlotHold, at: number): boolean {
  return status === 'live' && at < expiresAt;
}

/** The loaded slot holds with one practitioner. */
export function slotHoldsWith(state: State, practitionerId: Uuid): SlotHold[] {
  return [...state.slotHolds.values()].flatMap((hold) => (hold?.practitionerId === practitionerId ? [hold] : []));
}

/**
 * What booking [from, to) uses up: the booker's own holds with the practitioner that keep any time of it, and their place
 * on the waitlist where such a hold was offered to them.
 */
export function slotHoldsUsed(
  state: State,
  {
    holderId,
    practitionerId,
    span,
  }: { readonly holderId: Uuid; readonly practitionerId: Uuid; readonly span: Interval },
  at: number,
): (SlotHoldEnded | WaitlistEnded)[] {
  return slotHoldsWith(state, practitionerId)
    .filter((hold) => hold.holderId === holderId && isKeeping(hold, at))
    .filter(({ startsAt, endsAt }) => span.from < endsAt && startsAt < span.to)
    .flatMap((hold) => [
      { type: 'slot-hold-ended', hold, as: 'used' },
      ...(hold.waitlistEntryId === null
        ? []
        : [{ type: 'waitlist-ended', entryId: hold.waitlistEntryId, as: 'fulfilled' } as const]),
    ]);
}
