-- What operations came to, by hour, without counting what is past again each time somebody asks.

grant select, insert on tallied_hours to counterfoil_app;
--> statement-breakpoint
grant select on tallied_hours to counterfoil_reader;
--> statement-breakpoint
alter table tallied_hours enable row level security;
--> statement-breakpoint
create policy app on tallied_hours to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy reader on tallied_hours for select to counterfoil_reader using (app_is_operator());
--> statement-breakpoint

-- By hour and kind, from the first operation on and for 90 days at least: hours that are tallied as they were written
-- down, the others as they are now. Each hour is a range of the index on operations.accepted_at, so that who asks for
-- some hours reads no others. A rejected booking does not say whether it would have been a peer's: that is asked of the
-- directory. The API's reader may look with an operator's eyes only, as row-level security has it for the tables.
create view reporting.operation_hours as
select slot.hour, tally.*
from generate_series(
  date_trunc('hour', least((select min(accepted_at) from operations), now() - interval '90 days'), 'UTC'),
  date_trunc('hour', now(), 'UTC'),
  interval '1 hour'
) as slot (hour)
left join tallied_hours done on done.hour = slot.hour
cross join lateral (
  select kept.kind, kept.peer, kept.accepted, kept.succeeded, kept.rejected, kept.resolved,
         0::bigint as reconciling, 0::bigint as settled_last_minute
  from jsonb_to_recordset(done.tallies)
    as kept (kind text, peer boolean, accepted bigint, succeeded bigint, rejected bigint, resolved bigint)
  union all
  select o.kind,
         o.kind = 'booking.create' and coalesce((o.outcome ->> 'peer')::boolean, practitioner.id is not null),
         count(*),
         count(*) filter (where o.status = 'succeeded'),
         count(*) filter (where o.status = 'rejected'),
         count(*) filter (where o.status = 'resolved'),
         count(*) filter (where o.status = 'reconciling'),
         count(*) filter (where o.settled_at > now() - interval '1 minute')
  from operations o
  left join (
    select u.id from users u join practitioners p on p.id = u.id where 'practitioner' = any (u.roles)
  ) as practitioner on practitioner.id = o.lane
  where done.hour is null and o.accepted_at >= slot.hour and o.accepted_at < slot.hour + interval '1 hour'
  group by 1, 2
) as tally
where current_user <> 'counterfoil_reader' or app_is_operator();
--> statement-breakpoint

-- What became of the bookings that were asked for on each day (UTC), with and without any, and how many that were made
-- on it have been cancelled since.
create or replace view reporting.bookings_by_day as
select counted.*,
       round(counted.succeeded::numeric / nullif(counted.succeeded + counted.rejected, 0), 4) as success_rate,
       round(counted.rejected::numeric / nullif(counted.succeeded + counted.rejected, 0), 4) as rejection_rate,
       round(counted.cancelled::numeric / nullif(counted.succeeded, 0), 4) as cancellation_rate
from (
  select midnight::date as day,
         side.is_peer_booking,
         coalesce(sum(found.accepted) filter (where found.peer = side.is_peer_booking), 0)::bigint as accepted,
         coalesce(sum(found.succeeded) filter (where found.peer = side.is_peer_booking), 0)::bigint as succeeded,
         coalesce(sum(found.rejected) filter (where found.peer = side.is_peer_booking), 0)::bigint as rejected,
         coalesce(sum(found.cancelled) filter (where found.peer = side.is_peer_booking), 0)::bigint as cancelled
  from generate_series(
    date_trunc('day', least((select min(accepted_at) from operations), now() - interval '89 days') at time zone 'UTC'),
    date_trunc('day', now() at time zone 'UTC'),
    interval '1 day'
  ) as midnight
  left join lateral (
    select peer, accepted, succeeded, rejected, 0 as cancelled
    from reporting.operation_hours
    where kind = 'booking.create'
      and hour >= midnight at time zone 'UTC' and hour < (midnight + interval '1 day') at time zone 'UTC'
    union all
    select peer, 0, 0, 0, count(*)
    from bookings
    where status = 'cancelled'
      and created_at >= midnight at time zone 'UTC' and created_at < (midnight + interval '1 day') at time zone 'UTC'
    group by peer
  ) as found on true
  cross join (values (true), (false)) as side (is_peer_booking)
  group by midnight, side.is_peer_booking
) as counted
where current_user <> 'counterfoil_reader' or app_is_operator();
--> statement-breakpoint

grant select on reporting.operation_hours to reporting, counterfoil_reader, counterfoil_app;
--> statement-breakpoint
grant usage on schema reporting to counterfoil_app;
