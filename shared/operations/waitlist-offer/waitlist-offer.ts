import { z } from 'zod';
import { id, instant } from '../../contract/wire.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { type FreedSlot, lookup, type SlotHold, type State, type WaitlistEntry } from '../../domain/state.ts';
import { isNext, waitingWith } from '../../domain/waitlist.ts';
import { type Command, defineOperation } from '../define.ts';
import { type FreeSlot, freeWithPractitioner } from '../taking-a-slot.ts';

/** The slot is named with its times, so that what must be loaded and locked follows from the command alone. */
const payload = z.strictObject({
  freedSlotId: id,
  turn: z.int().min(0).meta({ description: 'How many have been offered it before.' }),
  practitionerId: id,
  startsAt: instant,
  endsAt: instant,
});

const outcome = z.object({
  freedSlotId: z.uuid(),
  entryId: z.guid().nullable().meta({ description: 'Whose turn it is; null: nobody waits for it, or it is gone.' }),
  holdId: z.guid().nullable(),
});

export type WaitlistOffer = Command<z.infer<typeof payload>>;

export function footprint({ payload: { freedSlotId, practitionerId, startsAt, endsAt } }: WaitlistOffer): Footprint {
  return {
    people: [practitionerId],
    calendars: [{ personId: practitionerId, from: Date.parse(startsAt), to: Date.parse(endsAt) }],
    waitlists: [practitionerId],
    freedSlots: [freedSlotId],
  };
}

export function decide(state: State, command: WaitlistOffer): Decision {
  const { at, payload: wanted } = command;
  const { freedSlotId } = wanted;
  const slot = lookup(state.freedSlots, freedSlotId);
  // A turn is taken once: what comes late, or again after a replay, finds it taken.
  if (slot === null || slot.status === 'closed' || slot.offeredTo.length !== wanted.turn || !isSame(slot, wanted)) {
    return applied({ freedSlotId, entryId: null, holdId: null }, []);
  }
  for (const entry of waitingWith(state, slot.practitionerId, at)) {
    const free = isNext(state, slot, entry, at) ? freeFor(state, slot, entry, at) : null;
    if (free === null) continue;
    const hold = offerOf(state, command, { slot, entry, free });
    return applied({ freedSlotId, entryId: entry.id, holdId: hold.id }, [
      { type: 'waitlist-offered', slot, entryId: entry.id, hold },
    ]);
  }
  return applied({ freedSlotId, entryId: null, holdId: null }, [{ type: 'freed-slot-closed', slot }]);
}

function isSame(slot: FreedSlot, { practitionerId, startsAt, endsAt }: WaitlistOffer['payload']): boolean {
  const isSameTime = slot.startsAt === Date.parse(startsAt) && slot.endsAt === Date.parse(endsAt);
  return isSameTime && slot.practitionerId === practitionerId;
}

/** What the practitioner would say to a booking now; what the client has planned then is for the client to know. */
function freeFor(state: State, slot: FreedSlot, entry: WaitlistEntry, at: number): FreeSlot | null {
  const { clientId, practitionerId, sessionType } = entry;
  const practitioner = lookup(state.people, practitionerId);
  if (practitioner === null || practitioner.deleted || !practitioner.active) return null;
  const { practice } = practitioner;
  const span = spanOf(slot, entry);
  const free = freeWithPractitioner(state, { clientId, practitionerId, practice, sessionType, span }, at);
  return free.status === 'free' ? free : null;
}

interface Offer {
  readonly slot: FreedSlot;
  readonly entry: WaitlistEntry;
  readonly free: FreeSlot;
}

function offerOf(state: State, { id: holdId, at }: WaitlistOffer, { slot, entry, free }: Offer): SlotHold {
  const { from, to } = spanOf(slot, entry);
  // Whole milliseconds, as it will be read again; and never beyond the last instant at which it can be booked.
  const expiresAt = Math.floor(at) + state.settings.waitlistOfferMinutes * 60_000;
  return {
    id: holdId,
    holderId: entry.clientId,
    practitionerId: entry.practitionerId,
    status: 'live',
    startsAt: from,
    endsAt: to,
    bufferedUntil: to + free.practice.bufferMinutes * 60_000,
    sessionType: entry.sessionType,
    expiresAt: Math.min(expiresAt, from - free.practice.minimumNoticeMinutes * 60_000),
    waitlistEntryId: entry.id,
  };
}

function spanOf({ startsAt }: FreedSlot, { durationMinutes }: WaitlistEntry) {
  return { from: startsAt, to: startsAt + durationMinutes * 60_000 };
}

export const waitlistOffer = defineOperation({
  kind: 'waitlist.offer',
  queue: 'booking',
  path: null,
  summary: 'Offer a freed slot to whoever waits for it',
  description:
    'Submitted by the house when a slot has become free, and again when it was declined or its hold has run out: keeps ' +
    'it for the first who waits for such a session and has not had a turn.',
  payload,
  outcome,
  rejections: [],
  laneOf: (_caller, { practitionerId }) => practitionerId,
  footprint,
  decide,
});
