import type { Uuid } from '../../shared/domain/ids.ts';
import type { Tx } from '../client.ts';

/*
 * What the reporting views say, so that the API and those who read with SQL see the same numbers. The definitions are in
 * the migrations that make the views. What a view adds up since ever is asked here of the last days only, so that a page
 * of numbers does not read years.
 */

/** What became of the bookings that one kind of client asked for on one day. */
export interface BookingDay {
  /** In UTC: "2026-06-01". */
  readonly day: string;
  readonly isPeer: boolean;
  readonly accepted: number;
  readonly succeeded: number;
  readonly rejected: number;
  readonly cancelled: number;
  /** Null without anything to divide by, like the other rates. */
  readonly successRate: number | null;
  readonly rejectionRate: number | null;
  readonly cancellationRate: number | null;
}

interface BookingDayRow {
  readonly day: string;
  readonly is_peer_booking: boolean;
  readonly accepted: string;
  readonly succeeded: string;
  readonly rejected: string;
  readonly cancelled: string;
  readonly success_rate: string | null;
  readonly rejection_rate: string | null;
  readonly cancellation_rate: string | null;
}

const selectBookingDays = `
  select day::text, is_peer_booking, accepted, succeeded, rejected, cancelled,
         success_rate, rejection_rate, cancellation_rate
  from reporting.bookings_by_day
  where day > (now() at time zone 'UTC')::date - $1::integer
  order by bookings_by_day.day desc, is_peer_booking desc`;

/** Two rows for each of the last `days` days (90 at most), today included: newest first, peers before clients. */
export async function readBookingDays({ client }: Tx, days: number): Promise<BookingDay[]> {
  const { rows } = await client.query<BookingDayRow>(selectBookingDays, [days]);
  return rows.map((row) => ({
    day: row.day,
    isPeer: row.is_peer_booking,
    accepted: Number(row.accepted),
    succeeded: Number(row.succeeded),
    rejected: Number(row.rejected),
    cancelled: Number(row.cancelled),
    successRate: numberOrNull(row.success_rate),
    rejectionRate: numberOrNull(row.rejection_rate),
    cancellationRate: numberOrNull(row.cancellation_rate),
  }));
}

/** What a practitioner got for treating others and paid for being treated, refunds deducted. */
export interface PractitionerCredits {
  readonly practitionerId: Uuid;
  readonly earned: number;
  readonly spent: number;
  /** Earned for each credit spent; null for those who have spent nothing. */
  readonly ratio: number | null;
}

interface PractitionerCreditsRow {
  readonly practitioner_id: Uuid;
  readonly earned: string;
  readonly spent: string;
  readonly ratio: string | null;
}

// One pass over the sessions; most of them neither pay a practitioner nor are paid by one.
const selectPractitionerCredits = `
  with session as materialized (
    select practitioner_id, client_id, peer, credit_cost - refunded_credits as credits
    from bookings
    where created_at >= (select ((now() at time zone 'UTC')::date - $1::integer + 1)::timestamp at time zone 'UTC')
      and (settlement = 'at_booking' or status <> 'booked')
      and (peer or client_id in (select id from practitioners))
  ), earnings as (
    select practitioner_id as id, sum(credits) as earned from session where peer group by practitioner_id
  ), spendings as (
    select client_id as id, sum(credits) as spent from session group by client_id
  )
  select p.id as practitioner_id, coalesce(earned, 0) as earned, coalesce(spent, 0) as spent,
         round(earned / nullif(spent, 0), 4) as ratio
  from practitioners p left join earnings on earnings.id = p.id left join spendings on spendings.id = p.id
  order by 2 desc, p.id limit $2`;

/** Of the sessions booked within the last `days` days, today included: those who have earned most come first. */
export async function readPractitionerCredits(
  { client }: Tx,
  days: number,
  limit: number,
): Promise<PractitionerCredits[]> {
  const { rows } = await client.query<PractitionerCreditsRow>(selectPractitionerCredits, [days, limit]);
  return rows.map((row) => ({
    practitionerId: row.practitioner_id,
    earned: Number(row.earned),
    spent: Number(row.spent),
    ratio: numberOrNull(row.ratio),
  }));
}

function numberOrNull(numeric: string | null): number | null {
  return numeric === null ? null : Number(numeric);
}
