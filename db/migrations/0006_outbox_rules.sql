-- What a table definition cannot hold about the outbox: privileges, row-level security, room for heap-only updates.

alter table outbox set (fillfactor = 80);
--> statement-breakpoint
grant select, insert, update on outbox, notification_preferences to counterfoil_app;
--> statement-breakpoint
grant select on outbox, notification_preferences to counterfoil_reader;
--> statement-breakpoint
alter table outbox enable row level security;
--> statement-breakpoint
alter table notification_preferences enable row level security;
--> statement-breakpoint
create policy app on outbox to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on notification_preferences to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy reader on outbox for select to counterfoil_reader using (app_is_operator() or user_id = app_user());
--> statement-breakpoint
create policy reader on notification_preferences for select to counterfoil_reader
  using (app_is_operator() or user_id = app_user());
