-- What members with an account were assigned before assignments had an end that counts becomes lots: what is left of it,
-- as it was counted until now, so that what ends first was spent first, and everything else in the account before it.
insert into lots (id, account_id, operation_id, origin_id, amount, remaining, expires_at, source, status)
select s.id, m.user_id, s.operation_id, s.id, s.amount,
       greatest(0, least(s.amount, a.balance - a.held - dated.amount
         - (sum(s.amount) over (partition by m.user_id order by s.expires_at desc, s.id desc) - s.amount))),
       s.expires_at, 'partner', 'live'
from partner_assignments s
join partner_members m on m.id = s.member_id
join accounts a on a.id = m.user_id
cross join lateral (
  select coalesce(sum(l.remaining), 0) as amount from lots l where l.account_id = a.id
) as dated
where s.status = 'open';
--> statement-breakpoint

-- One row per credit, as those who report know them (003-06, 003-07): what has ended, what nobody has spent and where it
-- ends, and as used all that is neither.
create or replace view reporting.partner_credits as
select md5(s.id::text || '/' || credit.nth)::uuid as id,
       s.partner_id,
       m.email as employee_email,
       m.first_name as employee_name,
       credit.status,
       credit.expires_at,
       s.assigned_at as created_at
from partner_assignments s
join partner_members m on m.id = s.member_id
cross join lateral (
  select part.status, part.expires_at, row_number() over () as nth
  from (
    with rest as (
      select l.remaining as amount, l.expires_at
      from lots l where l.account_id = m.user_id and l.remaining > 0 and l.origin_id = s.id
      union all
      select s.amount, s.expires_at where m.user_id is null and s.status = 'open'
    )
    select 'returned' as status, s.returned as amount, s.expires_at
    union all
    select 'expired', s.expired, s.expires_at
    union all
    select case when expires_at <= now() then 'expired' else 'available' end, amount, expires_at from rest
    union all
    select 'used', s.amount - s.returned - s.expired - coalesce(sum(amount), 0)::bigint, s.expires_at from rest
  ) as part
  cross join lateral generate_series(1, part.amount)
) as credit;
