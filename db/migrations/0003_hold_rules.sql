-- What a table definition cannot hold about holds: privileges and row-level security.

alter table holds set (fillfactor = 60);
--> statement-breakpoint
grant select, insert, update on holds to counterfoil_app;
--> statement-breakpoint
grant select on holds to counterfoil_reader;
--> statement-breakpoint
alter table holds enable row level security;
--> statement-breakpoint
create policy app on holds to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy reader on holds for select to counterfoil_reader
  using (app_is_operator() or exists (select from accounts a where a.owner_id = app_user() and a.id = account_id));
