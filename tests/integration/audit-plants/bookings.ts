import { house } from '../../../shared/domain/accounts.ts';
import { clara, eve, theo } from '../../support/builders.ts';
import { history, paul } from '../../support/history.ts';
import { copyOf, newSeq, nobody, of, type Plants } from './plants.ts';

/* Sessions: who is in them, what was paid for them, and what became of them. */

const withoutOverlapRules = `
  alter table bookings drop constraint bookings_no_overlap_per_practitioner,
    drop constraint bookings_no_overlap_per_client;`;

/** Moves the session `next` so that it begins `minutes` after `live` ends. */
const moveNext = (minutes: number, changes = '') => `
  update bookings set starts_at = moved.at, ends_at = moved.at + interval '1 hour',
                      buffered_until = moved.at + interval '1 hour' ${changes}
  from (select ends_at + interval '${minutes} minutes' as at from bookings where id = '${history.liveBooking}') as moved
  where id = '${history.nextBooking}'`;

export const bookingPlants: Plants = {
  'practitioners-are-not-double-booked': {
    'at the same time': `${withoutOverlapRules} ${moveNext(-30)}`,
    'within the buffer': `${withoutOverlapRules} ${moveNext(10)}`,
    'inside a longer one that began earlier': `
      ${withoutOverlapRules} update bookings set ends_at = starts_at + interval '5 hours',
        buffered_until = starts_at + interval '5 hours' where id = '${history.liveBooking}'`,
  },
  'people-are-in-one-session-at-a-time': {
    'as a client of two': `${withoutOverlapRules} ${moveNext(-30, `, practitioner_id = '${paul}'`)}`,
    'treating two': `${withoutOverlapRules} ${moveNext(-30, `, client_id = '${eve}'`)}`,
    'as a client here and treating there': `${moveNext(-30, `, client_id = '${theo}', practitioner_id = '${paul}'`)}`,
  },
  'bookings-and-their-operations-agree': {
    'a booking that is gone': `delete from bookings where id = '${history.liveBooking}'`,
    'a booking of no operation': copyOf('bookings', `id = '${history.cancelledBooking}'`, {}),
    'an operation that did not succeed': `
      update operations set status = 'rejected', outcome = null, rejection = '{}' where id = '${history.liveBooking}'`,
    'of another client': `update bookings set client_id = '${eve}' where id = '${history.liveBooking}'`,
    'with another practitioner': `update bookings set practitioner_id = '${paul}' where id = '${history.liveBooking}'`,
    'another kind of payment': `update bookings set peer = true where id = '${history.liveBooking}'`,
    'another price': `update bookings set credit_cost = 11 where id = '${history.liveBooking}'`,
  },
  'bookings-are-paid-once': {
    'not at all': `delete from transfers where ${of(history.liveBooking)}`,
    twice: copyOf('transfers', of(history.liveBooking), { seq: `nextval(${newSeq})` }),
    'with another amount': `update transfers set amount = 9 where ${of(history.liveBooking)}`,
    'by somebody else': `update transfers set debit_account = '${eve}' where ${of(history.liveBooking)}`,
    'a peer to the house': `update transfers set credit_account = '${house.revenue}' where ${of(history.peerBooking)}`,
    'a client to the practitioner': `update transfers set credit_account = '${theo}' where ${of(history.liveBooking)}`,
    'although it is free': `
      update bookings set credit_cost = 0, refunded_credits = 0 where id = '${history.liveBooking}'`,
  },
  'bookings-are-held-until-they-are-over': {
    'not at all': `
      update bookings set settlement = 'on_completion' where id = '${history.peerBooking}'`,
    'for no booking': `
      insert into holds (id, account_id, operation_id, amount, reference_type, reference_id, status)
      values ('${nobody}', '${clara}', '${nobody}', 1, 'booking', '${nobody}', 'live')`,
  },
  'cancelled-bookings-are-refunded': {
    'not at all': `
      delete from transfers where credit_type = 'session_refund' and reference_id = '${history.cancelledBooking}'`,
    'less than it says': `update bookings set refunded_credits = 9 where id = '${history.cancelledBooking}'`,
    'to somebody else': `update transfers set credit_account = '${eve}' where credit_type = 'session_refund'`,
    'by somebody else': `
      update transfers set debit_account = '${eve}'
      where credit_type = 'session_refund' and reference_id = '${history.cancelledBooking}'`,
    'a peer by the house': `
      update transfers set debit_account = '${house.revenue}', debtor = null
      where credit_type = 'session_refund' and reference_id = '${history.cancelledPeerBooking}'`,
    "at somebody else's debt": `
      update transfers set debtor = '${eve}'
      where credit_type = 'session_refund' and reference_id = '${history.cancelledPeerBooking}'`,
    'although it takes place': `
      ${withoutOverlapRules} update bookings set status = 'booked', cancelled_by = null, cancelled_at = null
      where id = '${history.cancelledBooking}'`,
  },
  'cancellations-have-their-booking': {
    'cancelled by no operation': `
      update bookings set status = 'cancelled', cancelled_by = 'ops' where id = '${history.liveBooking}'`,
    'an operation that cancelled nothing': `
      update bookings set status = 'completed', cancelled_by = null where id = '${history.cancelledBooking}'`,
    'by somebody else': `update bookings set cancelled_by = 'ops' where id = '${history.cancelledBooking}'`,
    'with another refund': `update bookings set refunded_credits = 9 where id = '${history.cancelledBooking}'`,
    twice: copyOf('operations', "kind = 'booking.cancel' and status = 'succeeded'", { lane_seq: 'lane_seq + 1000' }),
  },
};
