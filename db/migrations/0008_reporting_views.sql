-- What others may read with SQL (contract §7): views in a schema of their own and a role that sees these and nothing else.
-- A view reads with its owner's rights (none is a security_invoker), so that the role needs none on the tables and
-- row-level security, which asks who the caller of the API is, does not stand in its way.

do $$
begin
  create role reporting nologin;
exception when duplicate_object or unique_violation then null; -- roles belong to the cluster: another database made it
end $$;
--> statement-breakpoint
create schema reporting;
--> statement-breakpoint

-- A transfer between two people is an entry of each, and each has an id of its own: the side that pays has the
-- transfer's, and the side that receives the same one in version 8 (transfers' own are version 5). The API says the same.
create function receiver_entry_id(transfer_id uuid, debit_before bigint) returns uuid immutable parallel safe language sql
  as $$ select case when debit_before is null then transfer_id
                    else overlay(transfer_id::text placing '8' from 15)::uuid end $$;
--> statement-breakpoint

create view reporting.credits as
select owner_id as user_id, balance, updated_at
from accounts
where asset = 'credits';
--> statement-breakpoint

-- One branch for each side, each from the account to the side's own index: the entries of one person are read without
-- those of others. The allocations of subscriptions keep the name under which their readers know them (000-13).
create view reporting.credit_transactions as
select t.id,
       a.owner_id as user_id,
       -t.amount as amount,
       t.debit_type as transaction_type,
       t.source,
       t.debit_before as balance_before,
       t.debit_before - t.amount as balance_after,
       case t.reference_type when 'booking' then t.reference_id end as session_id,
       t.description,
       t.created_at
from accounts a
join transfers t on t.debit_account = a.id and t.debit_before is not null
where a.asset = 'credits'
union all
select receiver_entry_id(t.id, t.debit_before),
       a.owner_id,
       t.amount,
       case t.credit_type when 'subscription_allocation' then 'session_earning' else t.credit_type end,
       case t.credit_type when 'subscription_allocation' then 'subscription' else t.source end,
       t.credit_before,
       t.credit_before + t.amount,
       case t.reference_type when 'booking' then t.reference_id end,
       t.description,
       t.created_at
from accounts a
join transfers t on t.credit_account = a.id and t.credit_before is not null
where a.asset = 'credits';
--> statement-breakpoint

-- Date and time are those on the practitioner's wall. Four names are zones of IANA, with summer time, but to PostgreSQL
-- abbreviations without: there they go by the zones that they are links to.
create view reporting.client_sessions as
select b.id,
       b.client_id,
       b.practitioner_id as therapist_id,
       b.peer as is_peer_booking,
       b.status,
       wall.starts_at::date as session_date,
       wall.starts_at::time as start_time,
       (extract(epoch from b.ends_at - b.starts_at) / 60)::integer as duration_minutes,
       b.credit_cost,
       b.created_at
from bookings b
cross join lateral (
  select b.starts_at at time zone case upper(b.time_zone)
    when 'CET' then 'Europe/Brussels'
    when 'MET' then 'Europe/Brussels'
    when 'EET' then 'Europe/Athens'
    when 'WET' then 'Europe/Lisbon'
    else b.time_zone
  end as starts_at
) as wall;
--> statement-breakpoint

-- What became of the bookings that were asked for on each day (UTC), with and without any: from the first operation on,
-- and for 90 days at least. Each day is a range of the index on operations.accepted_at, so that who asks for some days
-- reads no others. A rejected booking does not say whether it would have been a peer's: that is asked of the directory.
-- The API's reader may look with an operator's eyes only, as row-level security has it for the tables.
create view reporting.bookings_by_day as
select counted.*,
       round(counted.succeeded::numeric / nullif(counted.succeeded + counted.rejected, 0), 4) as success_rate,
       round(counted.rejected::numeric / nullif(counted.succeeded + counted.rejected, 0), 4) as rejection_rate,
       round(counted.cancelled::numeric / nullif(counted.succeeded, 0), 4) as cancellation_rate
from (
  select asked.day,
         side.is_peer_booking,
         coalesce(sum(asked.accepted) filter (where asked.is_peer_booking = side.is_peer_booking), 0)::bigint as accepted,
         coalesce(sum(asked.succeeded) filter (where asked.is_peer_booking = side.is_peer_booking), 0)::bigint as succeeded,
         coalesce(sum(asked.rejected) filter (where asked.is_peer_booking = side.is_peer_booking), 0)::bigint as rejected,
         coalesce(sum(asked.cancelled) filter (where asked.is_peer_booking = side.is_peer_booking), 0)::bigint as cancelled
  from (
    select midnight::date as day,
           coalesce((o.outcome ->> 'peer')::boolean, practitioner.id is not null) as is_peer_booking,
           count(o.id) as accepted,
           count(*) filter (where o.status = 'succeeded') as succeeded,
           count(*) filter (where o.status = 'rejected') as rejected,
           count(dropped.id) as cancelled
    from generate_series(
      date_trunc('day', least((select min(accepted_at) from operations), now() - interval '89 days') at time zone 'UTC'),
      date_trunc('day', now() at time zone 'UTC'),
      interval '1 day'
    ) as midnight
    left join operations o on o.kind = 'booking.create'
      and o.accepted_at >= midnight at time zone 'UTC'
      and o.accepted_at < (midnight + interval '1 day') at time zone 'UTC'
    left join bookings dropped on dropped.id = o.id and dropped.status = 'cancelled'
    left join (
      select u.id from users u join practitioners p on p.id = u.id where 'practitioner' = any (u.roles)
    ) as practitioner on practitioner.id = o.lane
    group by 1, 2
  ) as asked
  cross join (values (true), (false)) as side (is_peer_booking)
  group by asked.day, side.is_peer_booking
) as counted
where current_user <> 'counterfoil_reader' or app_is_operator();
--> statement-breakpoint

-- What practitioners got for treating each other, and paid for sessions of their own, without what was given back. What a
-- peer session keeps aside until it is over has not been earned yet. The reader: as above.
create view reporting.practitioner_credits as
select p.id as practitioner_id,
       coalesce(sum(session.earned), 0)::bigint as earned,
       coalesce(sum(session.spent), 0)::bigint as spent,
       round(sum(session.earned) / nullif(sum(session.spent), 0), 4) as ratio
from practitioners p
left join (
  select practitioner_id, credit_cost - refunded_credits as earned, 0 as spent
  from bookings where peer and (settlement = 'at_booking' or status <> 'booked')
  union all
  select client_id, 0, credit_cost - refunded_credits
  from bookings where settlement = 'at_booking' or status <> 'booked'
) as session on session.practitioner_id = p.id
where current_user <> 'counterfoil_reader' or app_is_operator()
group by p.id;
--> statement-breakpoint

grant usage on schema reporting to reporting, counterfoil_reader;
--> statement-breakpoint
grant select on reporting.credits, reporting.credit_transactions, reporting.client_sessions, reporting.bookings_by_day,
  reporting.practitioner_credits to reporting;
--> statement-breakpoint
grant select on reporting.bookings_by_day, reporting.practitioner_credits to counterfoil_reader;
