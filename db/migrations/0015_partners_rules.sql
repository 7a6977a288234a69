-- What a table definition cannot hold about partners: privileges and row-level security.

alter table partners set (fillfactor = 60);
--> statement-breakpoint
alter table partner_members set (fillfactor = 80);
--> statement-breakpoint
grant select, insert, update on partners, partner_members, partner_assignments to counterfoil_app;
--> statement-breakpoint
grant select on partners, partner_members, partner_assignments to counterfoil_reader;
--> statement-breakpoint
alter table partners enable row level security;
--> statement-breakpoint
alter table partner_members enable row level security;
--> statement-breakpoint
alter table partner_assignments enable row level security;
--> statement-breakpoint
create policy app on partners to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on partner_members to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on partner_assignments to counterfoil_app using (true) with check (true);
--> statement-breakpoint

-- A partner sees what is its own; the subqueries do not depend on the row, so that each is asked once per statement.
create policy reader on partners for select to counterfoil_reader
  using (app_is_operator() or owner_user_id = app_user());
--> statement-breakpoint
create policy reader on partner_members for select to counterfoil_reader
  using (app_is_operator() or partner_id = (select p.id from partners p where p.owner_user_id = app_user()));
--> statement-breakpoint
create policy reader on partner_assignments for select to counterfoil_reader
  using (app_is_operator() or partner_id = (select p.id from partners p where p.owner_user_id = app_user()));
--> statement-breakpoint
create policy partner on accounts for select to counterfoil_reader
  using (partner_id = (select p.id from partners p where p.owner_user_id = app_user()));
--> statement-breakpoint

-- The accounts of partners are nobody's own: those who report see people's, as before.
create or replace view reporting.credits as
select owner_id as user_id, balance, updated_at
from accounts
where asset = 'credits' and owner_id is not null;
--> statement-breakpoint
create or replace view reporting.credit_transactions as
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
where a.asset = 'credits' and a.owner_id is not null
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
where a.asset = 'credits' and a.owner_id is not null;
--> statement-breakpoint
create view reporting.partner_members as
select id, partner_id, email, first_name, status, user_id, credits_assigned, created_at from partner_members;
--> statement-breakpoint
grant select on reporting.partner_members to reporting;
