import { scheduled } from '../../db/scheduled.ts';
import type { Schedule } from '../../db/schedules.ts';
import { statement } from '../../db/statement.ts';
import type { Uuid } from '../../shared/domain/ids.ts';

const slotsPerRound = 1_000;

interface OpenSlot {
  readonly id: Uuid;
  readonly practitioner_id: Uuid;
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly turn: number;
}

// Open ones that nobody is being offered: not yet, or the last offer was ended or has run out.
const selectOpen = statement<OpenSlot>(
  'read_freed_slots_to_offer',
  `select f.id, f.practitioner_id, f.starts_at, f.ends_at, cardinality(f.offered_to) as turn
   from freed_slots f
   where f.status = 'open' and not exists (
     select from slot_holds h
     where h.id = f.hold_id and h.live_practitioner_id is not null and h.expires_at > now())
   order by f.created_at limit ${slotsPerRound}`,
);

/**
 * Passes freed slots on to those who wait for them, turn by turn: each turn is one operation, in the practitioner's lane.
 * What was booked, or nobody wants, is closed by the turn after.
 */
export const offerFreedSlots: Schedule = {
  name: 'offer freed slots',
  due: async ({ client }) => {
    const { rows } = await selectOpen(client, []);
    return rows.map(({ id, practitioner_id: practitionerId, starts_at: startsAt, ends_at: endsAt, turn }) =>
      scheduled({
        key: `${id}/${turn}`,
        kind: 'waitlist.offer',
        lane: practitionerId,
        payload: {
          freedSlotId: id,
          turn,
          practitionerId,
          startsAt: startsAt.toISOString(),
          endsAt: endsAt.toISOString(),
        },
      }),
    );
  },
};
