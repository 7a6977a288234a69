-- What a table definition cannot hold about uploads: privileges and row-level security. The rows of an upload are
-- settled once each, in runs: room on the page keeps that off the index.

alter table partner_upload_rows set (fillfactor = 60);
--> statement-breakpoint
create index partner_upload_rows_by_address on partner_upload_rows (upload_id, lower(email));
--> statement-breakpoint
grant select, insert, update, delete on partner_uploads, partner_upload_rows to counterfoil_app;
--> statement-breakpoint
grant select on partner_uploads, partner_upload_rows to counterfoil_reader;
--> statement-breakpoint
alter table partner_uploads enable row level security;
--> statement-breakpoint
alter table partner_upload_rows enable row level security;
--> statement-breakpoint
create policy app on partner_uploads to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on partner_upload_rows to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy reader on partner_uploads for select to counterfoil_reader
  using (app_is_operator() or caller_id = app_user());
--> statement-breakpoint
create policy reader on partner_upload_rows for select to counterfoil_reader
  using (app_is_operator() or exists (select from partner_uploads u where u.id = upload_id and u.caller_id = app_user()));
