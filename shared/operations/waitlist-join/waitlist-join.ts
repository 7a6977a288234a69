import { z } from 'zod';
import { durationMinutesMax, id, instant, text } from '../../contract/wire.ts';
import { priceOf } from '../../domain/availability.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import type { State, WaitlistEntry } from '../../domain/state.ts';
import { waitingWith } from '../../domain/waitlist.ts';
import { type Command, defineOperation } from '../define.ts';
import { fitParties, partyRejections } from '../taking-a-slot.ts';

const payload = z
  .strictObject({
    practitionerId: id.meta({ description: "The treating practitioner's user id." }),
    from: instant.meta({ description: 'The session may start then or later.' }),
    to: instant.meta({ description: 'The session must have ended by then.' }),
    durationMinutes: z.int().positive().max(durationMinutesMax),
    sessionType: text(100).min(1),
  })
  .refine(({ from, to, durationMinutes }) => Date.parse(to) - Date.parse(from) >= durationMinutes * 60_000, {
    path: ['to'],
    error: 'must leave time for a session after from',
  });

const outcome = z.object({
  entryId: z.uuid().meta({ description: "The operation's id." }),
  position: z.int().positive().meta({ description: 'Among all who wait with the practitioner; 1 is asked first.' }),
});

export type WaitlistJoin = Command<z.infer<typeof payload>>;

/** Under the practitioner's calendar: a session that is cancelled meanwhile sees the entry, or comes before it. */
export function footprint({ caller, payload: { practitionerId, from } }: WaitlistJoin): Footprint {
  const instant = Date.parse(from);
  return {
    people: [caller.id, practitionerId],
    calendars: [{ personId: practitionerId, from: instant, to: instant }],
    waitlists: [practitionerId],
  };
}

export function decide(state: State, { id: entryId, caller, at, payload: wanted }: WaitlistJoin): Decision {
  const { practitionerId, durationMinutes, sessionType } = wanted;
  const parties = fitParties(state, caller.id, practitionerId);
  if (parties.status === 'rejected') return parties;

  const to = Date.parse(wanted.to);
  if (to - durationMinutes * 60_000 < at) return rejected('starts_in_past', 'The session would start in the past.');
  if (priceOf(parties.practice, sessionType, durationMinutes) === null) {
    return rejected('not_offered', 'The practitioner offers no such session of that duration.');
  }
  const waiting = waitingWith(state, practitionerId, at);
  if (waiting.some(({ clientId }) => clientId === caller.id)) {
    return rejected('already_waiting', 'You are waiting for this practitioner already.');
  }

  // Past this line they must wait.
  const entry: WaitlistEntry = {
    id: entryId,
    clientId: caller.id,
    practitionerId,
    status: 'waiting',
    from: Date.parse(wanted.from),
    to,
    durationMinutes,
    sessionType,
    // Whole milliseconds, as it will be read again.
    joinedAt: Math.floor(at),
    isClientActive: true,
  };
  const position = 1 + waiting.filter(({ joinedAt }) => joinedAt <= entry.joinedAt).length;
  return applied({ entryId, position }, [
    // There is one per client and practitioner: what they have waited for in vain makes room.
    ...[...state.waitlistEntries.values()].flatMap((earlier) =>
      earlier?.clientId === caller.id && earlier.practitionerId === practitionerId && earlier.status === 'waiting'
        ? [{ type: 'waitlist-ended', entryId: earlier.id, as: 'over' } as const]
        : [],
    ),
    { type: 'waitlist-joined', entry },
  ]);
}

export const waitlistJoin = defineOperation({
  kind: 'waitlist.join',
  queue: 'booking',
  path: '/v1/waitlist',
  summary: 'Wait for a session to become free',
  description:
    'When a session with the practitioner is cancelled or moved away, its time is offered to those who wait for it, one ' +
    'after the other in the order of asking: as a slot hold with a time limit, which booking uses up. One entry per ' +
    'client and practitioner.',
  payload,
  outcome,
  rejections: [...partyRejections, 'starts_in_past', 'not_offered', 'already_waiting'],
  laneOf: (caller) => caller.id,
  footprint,
  decide,
});
