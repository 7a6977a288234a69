
-- One row per credit, as those who report know them (003-06, 003-07). Of an assignment, what was given back comes first,
-- then what was used; of an open one, what its member has spent counts as the part of it that is used.
create view reporting.partner_credits as
select md5(s.id::text || '/' || credit)::uuid as id,
       s.partner_id,
       m.email as employee_email,
       m.first_name as employee_name,
       case
         when s.status = 'closed' then case when credit <= s.returned then 'returned' else 'used' end
         when credit > s.amount - open.spent then 'used'
         when s.expires_at <= now() then 'expired'
         else 'available'
       end as status,
       s.expires_at,
       s.assigned_at as created_at
from partner_assignments s
join partner_members m on m.id = s.member_id
left join accounts a on a.owner_id = m.user_id and a.asset = 'credits'
cross join lateral (
  -- Of a member's open assignments those that end first were spent first; what waits for an account was not.
  select case when m.user_id is null then 0 else s.amount - least(s.amount, greatest(0,
           least(sum(o.amount), coalesce(a.balance - a.held, 0))
             - coalesce(sum(o.amount) filter (where (o.expires_at, o.id) > (s.expires_at, s.id)), 0))) end as spent
  from partner_assignments o where o.member_id = s.member_id and o.status = 'open'
) as open
cross join lateral generate_series(1, s.amount) as credit;
--> statement-breakpoint
grant select on reporting.partner_credits to reporting;
