import type { Booking } from '../shared/domain/state.ts';
import { byColumn } from './by-column.ts';
import { type Parameter, statement } from './statement.ts';

/** What may change in a booking's life comes first, so that inserting and changing name it alike. */
const changedColumns = `id, status, starts_at, ends_at, buffered_until, credit_cost, refunded, cancelled_by,
  cancelled_at, reason, no_show, revision, first_starts_at, moved_at, lots`;
const changedTypes = `$1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::bigint[],
  $7::bigint[], $8::text[], $9::timestamptz[], $10::text[], $11::text[], $12::int[], $13::timestamptz[], $14::timestamptz[],
  $15::text[]`;

export const insertBookings = statement(
  'insert_bookings',
  `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone,
                         session_type, free_until_hours, late_refund_percent, notes, settlement, credit_cost,
                         refunded_credits, cancelled_by, cancelled_at, cancellation_reason, no_show, revision,
                         first_starts_at, moved_at, lots)
   select n.id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone, session_type,
          free_until_hours, late_refund_percent, notes, settlement, credit_cost, refunded, cancelled_by, cancelled_at,
          reason, no_show, revision, first_starts_at, moved_at, lots::jsonb
   from unnest(${changedTypes},
     $16::uuid[], $17::uuid[], $18::boolean[], $19::text[], $20::text[], $21::int[], $22::int[], $23::text[], $24::text[])
     as n (${changedColumns},
       client_id, practitioner_id, peer, time_zone, session_type, free_until_hours, late_refund_percent, notes,
       settlement)`,
);

export function bookingArrays(bookings: readonly Booking[]): Parameter[] {
  return [...changedArrays(bookings), ...fixedBookingArrays(bookings)];
}

const fixedBookingArrays = byColumn<Booking>(
  ({ clientId }) => clientId,
  ({ practitionerId }) => practitionerId,
  ({ peer }) => peer,
  ({ timeZone }) => timeZone,
  ({ sessionType }) => sessionType,
  ({ cancellationPolicy }) => cancellationPolicy.freeUntilHours,
  ({ cancellationPolicy }) => cancellationPolicy.lateRefundPercent,
  ({ notes }) => notes,
  ({ settlement }) => settlement,
);

export const updateBookings = statement(
  'update_bookings',
  `update bookings b
   set status = new.status, starts_at = new.starts_at, ends_at = new.ends_at, buffered_until = new.buffered_until,
       credit_cost = new.credit_cost, refunded_credits = new.refunded, cancelled_by = new.cancelled_by,
       cancelled_at = new.cancelled_at, cancellation_reason = new.reason, no_show = new.no_show,
       revision = new.revision, first_starts_at = new.first_starts_at, moved_at = new.moved_at,
       lots = new.lots::jsonb
   from unnest(${changedTypes}) as new (${changedColumns})
   where b.id = new.id`,
);

export const changedArrays = byColumn<Booking>(
  ({ id }) => id,
  ({ status }) => status,
  ({ startsAt }) => startsAt,
  ({ endsAt }) => endsAt,
  ({ bufferedUntil }) => bufferedUntil,
  ({ creditCost }) => creditCost,
  ({ refundedCredits }) => refundedCredits,
  ({ cancellation }) => cancellation?.by ?? null,
  ({ cancellation }) => cancellation?.at ?? null,
  ({ cancellation }) => cancellation?.reason ?? null,
  ({ noShow }) => noShow,
  ({ revision }) => revision,
  ({ firstStartsAt, startsAt }) => (firstStartsAt === startsAt ? null : firstStartsAt),
  ({ movedAt }) => movedAt,
  ({ lots }) => (lots.length === 0 ? null : JSON.stringify(lots)),
);
