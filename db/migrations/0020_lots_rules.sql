-- What table definitions cannot hold about lots and voids: storage settings, privileges and row-level security.

alter table lots set (fillfactor = 60);
--> statement-breakpoint
grant select, insert, update on lots to counterfoil_app;
--> statement-breakpoint
grant select, insert on allocation_voids to counterfoil_app;
--> statement-breakpoint
grant select on lots, allocation_voids to counterfoil_reader;
--> statement-breakpoint
alter table lots enable row level security;
--> statement-breakpoint
create policy app on lots to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy reader on lots for select to counterfoil_reader
  using (app_is_operator() or exists (select from accounts a where a.owner_id = app_user() and a.id = account_id));
--> statement-breakpoint
alter table allocation_voids enable row level security;
--> statement-breakpoint
create policy app on allocation_voids to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy reader on allocation_voids for select to counterfoil_reader using (app_is_operator());
