import { eve } from '../../support/builders.ts';
import { history } from '../../support/history.ts';
import { nobody, type Plants } from './plants.ts';

/* Slots that are kept for somebody, asked for or offered. */

/** Moves Paul's slot hold so that it begins `minutes` after something of Clara's with Theo. */
const holdBeside = (minutes: number, table: 'slot_holds' | 'bookings', id: string) => `
  update slot_holds set starts_at = moved.at, ends_at = moved.at + interval '1 hour',
                        buffered_until = moved.at + interval '1 hour'
  from (select starts_at + interval '${minutes} minutes' as at from ${table} where id = '${id}') as moved
  where slot_holds.id = '${history.otherSlotHold}'`;

export const slotPlants: Plants = {
  'slot-holds-and-their-operations-agree': {
    'a hold that is gone': `delete from slot_holds where id = '${history.slotHold}'`,
    'a hold of no operation': `update slot_holds set id = '${nobody}' where id = '${history.slotHold}'`,
    'of another holder': `update slot_holds set holder_id = '${eve}' where id = '${history.slotHold}'`,
    'with another practitioner': `update slot_holds set practitioner_id = '${eve}' where id = '${history.slotHold}'`,
    'asked for, and said to be an offer': `
      update slot_holds set waitlist_entry_id = '${history.waitlistEntry}' where id = '${history.slotHold}'`,
  },
  'offers-are-what-somebody-waits-for': {
    'to somebody else': `update slot_holds set holder_id = '${eve}' where waitlist_entry_id is not null`,
    'to nobody who waits': `update slot_holds set waitlist_entry_id = '${nobody}' where waitlist_entry_id is not null`,
    'with another practitioner': `update slot_holds set practitioner_id = '${eve}' where waitlist_entry_id is not null`,
    'too early': `update waitlist_entries set begins_at = begins_at + interval '1 minute'`,
    'too late': `update waitlist_entries set ends_at = ends_at - interval '1 minute'`,
    'twice to one': `update freed_slots set offered_to = offered_to || offered_to`,
  },
  'slots-are-held-by-one-at-a-time': {
    'at the same time': holdBeside(0, 'slot_holds', history.slotHold),
    'within the buffer': holdBeside(70, 'slot_holds', history.slotHold),
    'at the same time, one that began before': holdBeside(-30, 'slot_holds', history.slotHold),
  },
  'nobody-books-what-is-held-for-another': {
    'at the same time': holdBeside(0, 'bookings', history.liveBooking),
    'within the buffer': holdBeside(70, 'bookings', history.liveBooking),
  },
};
