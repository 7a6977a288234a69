import type { Uuid } from './ids.ts';
import { isKeeping, slotHoldsWith } from './slot-hold.ts';
import type { FreedSlot, SlotHold, State, WaitlistEntry } from './state.ts';

/** Who waits with a practitioner at `at` (epoch ms), those who asked first first. */
export function waitingWith(state: State, practitionerId: Uuid, at: number): WaitlistEntry[] {
  return [...state.waitlistEntries.values()]
    .flatMap((entry) => (entry?.practitionerId === practitionerId ? [entry] : []))
    .filter(({ status, to }) => status === 'waiting' && at < to)
    .sort((a, b) => a.joinedAt - b.joinedAt || (a.id < b.id ? -1 : 1));
}

/** The slot holds by which somebody on the waitlist has been offered something, and which they have not ended. */
export function offersTo(state: State, { id, practitionerId }: WaitlistEntry): SlotHold[] {
  return slotHoldsWith(state, practitionerId).filter(
    ({ waitlistEntryId, status }) => waitlistEntryId === id && status === 'live',
  );
}

/** Whether a freed slot is what somebody waits for, and they have not had their turn nor another offer open. */
export function isNext(state: State, slot: FreedSlot, entry: WaitlistEntry, at: number): boolean {
  const endsAt = slot.startsAt + entry.durationMinutes * 60_000;
  const fits = entry.from <= slot.startsAt && endsAt <= entry.to && endsAt <= slot.endsAt;
  const hasHadTurn = slot.offeredTo.includes(entry.id);
  const hasOffer = offersTo(state, entry).some((hold) => isKeeping(hold, at));
  return fits && entry.isClientActive && !hasHadTurn && !hasOffer;
}
