-- What a table definition cannot hold about events: privileges and row-level security.

grant select, insert, update, delete on event_endpoints, event_deliveries to counterfoil_app;
--> statement-breakpoint
-- Secrets are for those who sign: whoever reads for callers cannot select them, nor `select *`.
grant select (id, url, types, created_at, last_success_at, disabled_at, disabled_reason, deleted_at)
  on event_endpoints to counterfoil_reader;
--> statement-breakpoint
grant select on event_deliveries to counterfoil_reader;
--> statement-breakpoint
alter table event_endpoints enable row level security;
--> statement-breakpoint
alter table event_deliveries enable row level security;
--> statement-breakpoint
create policy app on event_endpoints to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on event_deliveries to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy reader on event_endpoints for select to counterfoil_reader using (app_is_operator());
--> statement-breakpoint
create policy reader on event_deliveries for select to counterfoil_reader using (app_is_operator());
