import pg from 'pg';
import { z } from 'zod';
import type { Submission } from '../../db/accept.ts';
import { house } from '../../shared/domain/accounts.ts';
import { transferIdOf } from '../../shared/domain/ids.ts';

/*
 * Baseline (a): the database does everything, one call and one transaction for each booking. The usual advice for
 * speed, and hard to beat one operation at a time: one round trip, cached plans, locks held for as short as can be.
 *
 * It makes the same checks as our decider, on the same tables with the same constraints, by the same indexes (a session
 * lasts a day at most, a buffer four hours), and writes the same rows; it spares what only lanes need (their heads and
 * tails), the notices to those who wait, and peers' earnings.
 */

const body = `
declare
  wanted tstzrange := tstzrange(p_start, p_start + p_duration);
  found record;
  slot record;
  price bigint;
  balance_before bigint;
  no text;
  result jsonb;
begin
  select o.fingerprint, coalesce(o.outcome, o.rejection) as answer into found from operations o where o.id = p_id;
  if found.fingerprint = p_fingerprint then return found.answer; end if;
  if found.fingerprint is not null then raise exception 'idempotency key reused'; end if;

  -- In the order of their ids, so that no two calls wait for each other in a circle.
  perform from users where id in (p_client, p_practitioner) order by id for no key update;
  select u.active, u.deleted_at is not null as deleted, c.active as client_active,
         c.deleted_at is not null as client_deleted, c.id as client_id, p.*, p_start at time zone p.time_zone as wall
  into slot
  from practitioners p join users u on u.id = p.id left join users c on c.id = p_client where p.id = p_practitioner;

  select x.credits into price
  from jsonb_to_recordset(slot.prices) as x ("sessionType" text, "durationMinutes" int, credits bigint)
  where x."sessionType" = p_type and make_interval(mins => x."durationMinutes") = p_duration;

  no := case
    when slot.id is null or slot.deleted then 'practitioner_not_found'
    when not slot.active then 'practitioner_inactive'
    when slot.client_id is null or slot.client_deleted then 'client_not_found'
    when not slot.client_active then 'client_inactive'
    when p_client = p_practitioner then 'self_booking'
    when p_start < now() then 'starts_in_past'
    when price is null then 'not_offered'
    when p_start < now() + make_interval(mins => slot.minimum_notice_minutes) then 'outside_availability'
    when not exists (
      select from jsonb_to_recordset(slot.availability) as w (weekday int, start interval, "end" interval)
      where w.weekday = extract(isodow from slot.wall) and w.start <= slot.wall - date_trunc('day', slot.wall)
        and slot.wall - date_trunc('day', slot.wall) + p_duration <= w."end") then 'outside_availability'
    when exists (
      select from jsonb_to_recordset(slot.time_off) as off ("from" timestamptz, "to" timestamptz)
      where tstzrange(off."from", off."to") && wanted) then 'outside_availability'
    when exists (
      select from bookings b where b.open_practitioner_id = p_practitioner
        and b.starts_at > lower(wanted) - interval '28 hours' and b.starts_at < upper(wanted) + interval '4 hours'
        and tstzrange(b.starts_at, b.buffered_until)
            && tstzrange(lower(wanted), upper(wanted) + make_interval(mins => slot.buffer_minutes))) then 'slot_taken'
    when exists (
      select from bookings b where b.open_client_id = p_practitioner
        and b.starts_at > lower(wanted) - interval '24 hours' and b.starts_at < upper(wanted)
        and tstzrange(b.starts_at, b.ends_at) && wanted) then 'slot_taken'
    when exists (
      select from bookings b where b.open_client_id = p_client
        and b.starts_at > lower(wanted) - interval '24 hours' and b.starts_at < upper(wanted)
        and tstzrange(b.starts_at, b.ends_at) && wanted) then 'client_busy'
    when exists (
      select from bookings b where b.open_practitioner_id = p_client
        and b.starts_at > lower(wanted) - interval '28 hours' and b.starts_at < upper(wanted)
        and tstzrange(b.starts_at, b.buffered_until) && wanted) then 'client_busy'
  end;
  if no is null then
    update accounts set balance = balance - price, updated_at = now()
    where id = p_client and balance - held >= price returning balance + price into balance_before;
    if balance_before is null then no := 'insufficient_credits'; end if;
  end if;

  if no is not null then
    result := jsonb_build_object('code', no, 'message', no, 'details', '{}'::jsonb);
  else
    insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone,
                          session_type, credit_cost, free_until_hours, late_refund_percent)
    values (p_id, p_client, p_practitioner, false, 'booked', p_start, upper(wanted),
            upper(wanted) + make_interval(mins => slot.buffer_minutes), slot.time_zone, p_type, price,
            (slot.cancellation_policy ->> 'freeUntilHours')::int,
            (slot.cancellation_policy ->> 'lateRefundPercent')::int);
    insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                           debit_before, reference_type, reference_id, description)
    values (p_transfer, p_id, p_client, '${house.revenue}', price, 'session_payment', 'session_earning', 'booking',
            balance_before, 'booking', p_id, p_type);
    result := jsonb_build_object(
      'bookingId', p_id, 'peer', false, 'creditCost', price, 'balanceBefore', balance_before,
      'balanceAfter', balance_before - price, 'startsAt', p_start, 'endsAt', upper(wanted));
  end if;
  insert into operations (id, kind, lane, lane_seq, caller_id, caller_roles, fingerprint, payload, accepted_at, status,
                          attempts, settled_at, outcome, rejection)
  values (p_id, 'booking.create', p_client,
          coalesce((select max(o.lane_seq) from operations o where o.lane = p_client), 0) + 1, p_client, '{client}',
          p_fingerprint, p_payload, now(), case when no is null then 'succeeded' else 'rejected' end, 1, now(),
          case when no is null then result end, case when no is not null then result end);
  return result;
end`;

/** Call once per database. */
export async function createProcedure(database: pg.Client): Promise<void> {
  await database.query(
    `create function bench_book(p_id uuid, p_client uuid, p_practitioner uuid, p_start timestamptz, p_duration interval,
                                p_type text, p_fingerprint bytea, p_payload jsonb, p_transfer uuid)
     returns jsonb language plpgsql as $body$${body}$body$`,
  );
}

export interface Procedure {
  /** Books in one call; resolves with the outcome. Throws when the booking is refused. */
  readonly book: (submission: Submission) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const payloadOf = z.object({
  practitionerId: z.string(),
  startsAt: z.string(),
  durationMinutes: z.number(),
  sessionType: z.string(),
});

const answer = z.looseObject({ bookingId: z.string() });

/** As many connections as there may be calls at a time. */
export function openProcedure(databaseUrl: string, connections: number): Procedure {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    // Every statement of the procedure reaches its rows by key, so that its plans need not be made anew for each call.
    options: '-c plan_cache_mode=force_generic_plan -c jit=off',
  });
  return {
    book: async ({ id, callerId, fingerprint, payload }) => {
      const { practitionerId, startsAt, durationMinutes, sessionType } = payloadOf.parse(payload);
      const { rows } = await pool.query<{ answer: unknown }>({
        name: 'book',
        text: 'select bench_book($1, $2, $3, $4, $5, $6, $7, $8, $9) as answer',
        values: [
          id,
          callerId,
          practitionerId,
          startsAt,
          `${durationMinutes} minutes`,
          sessionType,
          fingerprint,
          JSON.stringify(payload),
          transferIdOf(id, 0),
        ],
      });
      return answer.parse(rows[0]?.answer);
    },
    close: () => pool.end(),
  };
}

/** Books all, at most `atOnce` at a time. */
export async function bookAll({ book }: Procedure, submissions: readonly Submission[], atOnce: number): Promise<void> {
  const remaining = submissions.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const submission of remaining) await book(submission);
    }),
  );
}
