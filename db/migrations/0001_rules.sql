-- The rules that a table definition cannot hold: exclusion constraints, storage settings, privileges, row-level security.

create extension if not exists btree_gist;
--> statement-breakpoint

-- Nobody is in two sessions at once. The practitioner's range includes the buffer after it; deciders lock both parties'
-- directory rows first (measured elsewhere: with the constraint alone, a quarter of an overlap storm dies of deadlocks).
alter table bookings add constraint bookings_no_overlap_per_practitioner
  exclude using gist (practitioner_id with =, tstzrange(starts_at, buffered_until) with &&) where (status <> 'cancelled');
--> statement-breakpoint
alter table bookings add constraint bookings_no_overlap_per_client
  exclude using gist (client_id with =, tstzrange(starts_at, ends_at) with &&) where (status <> 'cancelled');
--> statement-breakpoint

-- Rows that are rewritten in place: room on the page keeps the rewrite there, without touching any index.
alter table operations set (fillfactor = 60);
--> statement-breakpoint
alter table accounts set (fillfactor = 60);
--> statement-breakpoint
alter table lane_heads set (fillfactor = 60);
--> statement-breakpoint
alter table lane_tails set (fillfactor = 60);
--> statement-breakpoint

-- Only to be asked "which process died with what in its hands", so its loss with PostgreSQL itself is no loss.
alter table batches_in_hand set unlogged;
--> statement-breakpoint

-- When the oldest transaction of this database began; null without one. With the owner's eyes, because the application's
-- roles do not see what the login role's sessions do: without this the low-water mark could pass what is being accepted.
create function oldest_transaction() returns timestamptz stable security definer set search_path = pg_catalog
  language sql as $$ select min(xact_start) from pg_stat_activity where datname = current_database() $$;
--> statement-breakpoint

create index lane_heads_with_replays on lane_heads (id) where replays <> '{}';
--> statement-breakpoint

insert into low_water (accepted_at) values (now()) on conflict do nothing;
--> statement-breakpoint

-- The application runs as one of two roles without ownership, superuser or bypass. Connections log in as the role of
-- DATABASE_URL and take one of these on at once; roles belong to the cluster, so another database may have made them.
do $$
declare
  name text;
begin
  foreach name in array array['counterfoil_app', 'counterfoil_reader'] loop
    begin
      execute format('create role %I nologin', name);
    exception when duplicate_object or unique_violation then null;
    end;
    if not pg_has_role(current_user, name, 'member') or not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to current_user', name);
    end if;
  end loop;
end $$;
--> statement-breakpoint

grant usage on schema public to counterfoil_app, counterfoil_reader;
--> statement-breakpoint
grant select, insert, update on users, practitioners, lane_tails, lane_heads, operations, accounts, bookings,
  reconciliation_items to counterfoil_app;
--> statement-breakpoint
-- Append-only by privilege: what is written to the ledger stays as it was written.
grant select, insert on transfers, operator_actions, audit_runs to counterfoil_app;
--> statement-breakpoint
grant select, update on low_water to counterfoil_app;
--> statement-breakpoint
grant select, insert, delete on used_links, seeds to counterfoil_app;
--> statement-breakpoint
grant select, insert, update, delete on batches_in_hand to counterfoil_app;
--> statement-breakpoint
grant select on users, practitioners, operations, accounts, transfers, bookings, reconciliation_items,
  operator_actions, audit_runs, low_water, lane_heads, lane_tails to counterfoil_reader;
--> statement-breakpoint

-- Whose eyes a reading transaction sees with. After a commit a transaction-local setting reads '' rather than null.
create function app_user() returns uuid stable language sql
  as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;
--> statement-breakpoint
create function app_is_operator() returns boolean stable language sql
  as $$ select coalesce(nullif(current_setting('app.is_operator', true), '')::boolean, false) $$;
--> statement-breakpoint

alter table users enable row level security;
--> statement-breakpoint
alter table operations enable row level security;
--> statement-breakpoint
alter table accounts enable row level security;
--> statement-breakpoint
alter table transfers enable row level security;
--> statement-breakpoint
alter table bookings enable row level security;
--> statement-breakpoint
alter table reconciliation_items enable row level security;
--> statement-breakpoint
alter table operator_actions enable row level security;
--> statement-breakpoint

create policy app on users to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on operations to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on accounts to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on transfers to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on bookings to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on reconciliation_items to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on operator_actions to counterfoil_app using (true) with check (true);
--> statement-breakpoint

-- Readers see what is theirs; both parties always see their session (001-08, 001-09, 001-12); operators see all.
create policy reader on users for select to counterfoil_reader
  using (app_is_operator() or id = app_user() or exists (select from practitioners p where p.id = users.id));
--> statement-breakpoint
create policy reader on operations for select to counterfoil_reader
  using (app_is_operator() or lane = app_user() or caller_id = app_user());
--> statement-breakpoint
create policy reader on accounts for select to counterfoil_reader
  using (app_is_operator() or owner_id = app_user());
--> statement-breakpoint
create policy reader on transfers for select to counterfoil_reader
  using (app_is_operator() or exists (
    select from accounts a where a.owner_id = app_user() and a.id in (debit_account, credit_account)));
--> statement-breakpoint
create policy reader on bookings for select to counterfoil_reader
  using (app_is_operator() or app_user() in (client_id, practitioner_id));
--> statement-breakpoint
create policy reader on reconciliation_items for select to counterfoil_reader using (app_is_operator());
--> statement-breakpoint
create policy reader on operator_actions for select to counterfoil_reader using (app_is_operator());
