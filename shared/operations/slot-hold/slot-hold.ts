import { z } from 'zod';
import { amountMax } from '../../contract/wire.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { slotHoldsWith } from '../../domain/slot-hold.ts';
import type { SlotHold, State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import {
  fitParties,
  footprintOfTime,
  partyRejections,
  slotRejections,
  spanOf,
  takeSlot,
  wantedTime,
} from '../taking-a-slot.ts';

const payload = z.strictObject(wantedTime);

const outcome = z.object({
  holdId: z.uuid().meta({ description: "The operation's id." }),
  practitionerId: z.guid(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().meta({ description: 'From this instant on it keeps nothing.' }),
  creditCost: z.int().min(0).max(amountMax).meta({ description: 'What booking it now would cost; not kept.' }),
});

export type SlotHoldCommand = Command<z.infer<typeof payload>>;

export function footprint({ caller, payload: wanted }: SlotHoldCommand): Footprint {
  const { practitionerId } = wanted;
  return { slotHolders: [{ holderId: caller.id, practitionerId }], ...footprintOfTime(caller.id, wanted) };
}

export function decide(state: State, { id: holdId, caller, at, payload: wanted }: SlotHoldCommand): Decision {
  const { practitionerId, sessionType } = wanted;
  const parties = fitParties(state, caller.id, practitionerId);
  if (parties.status === 'rejected') return parties;
  const { practice } = parties;

  const span = spanOf(wanted);
  const slot = takeSlot(state, { clientId: caller.id, practitionerId, practice, sessionType, span }, at);
  if (slot.status === 'rejected') return slot;

  // Past this line the slot must be held.
  const hold: SlotHold = {
    id: holdId,
    holderId: caller.id,
    practitionerId,
    status: 'live',
    startsAt: span.from,
    endsAt: span.to,
    bufferedUntil: span.to + practice.bufferMinutes * 60_000,
    sessionType,
    // Whole milliseconds, as it will be read again: the instant of its end must not depend on who asks.
    expiresAt: Math.floor(at) + state.settings.slotHoldMinutes * 60_000,
    waitlistEntryId: null,
  };
  return applied(
    {
      holdId,
      practitionerId,
      startsAt: new Date(hold.startsAt).toISOString(),
      endsAt: new Date(hold.endsAt).toISOString(),
      expiresAt: new Date(hold.expiresAt).toISOString(),
      creditCost: slot.price.credits,
    },
    [
      // One per holder and practitioner, besides what is offered to them; one that has run out makes room as well.
      ...slotHoldsWith(state, practitionerId)
        .filter(({ holderId, status, waitlistEntryId: offeredTo }) => {
          return holderId === caller.id && status === 'live' && offeredTo === null;
        })
        .map((earlier) => ({ type: 'slot-hold-ended', hold: earlier, as: 'replaced' }) as const),
      { type: 'slot-held', hold },
    ],
  );
}

export const slotHold = defineOperation({
  kind: 'slot.hold',
  queue: 'booking',
  path: '/v1/slot-holds',
  summary: 'Keep a slot while you decide',
  description:
    'Keeps a slot for its caller for a few minutes: until then nobody else can book, hold or move a session into it. ' +
    'The same checks as for a booking, credits excepted. There is one per caller and practitioner: a new one replaces ' +
    'the one before. Booking any time of it uses it up. It keeps neither the price nor the hours of the practitioner.',
  payload,
  outcome,
  rejections: [...partyRejections, ...slotRejections],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
