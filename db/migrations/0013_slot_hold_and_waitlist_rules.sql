-- What a table definition cannot hold about slot holds: privileges and row-level security.

grant select, insert, update on slot_holds to counterfoil_app;
--> statement-breakpoint
grant select on slot_holds to counterfoil_reader;
--> statement-breakpoint
alter table slot_holds enable row level security;
--> statement-breakpoint
create policy app on slot_holds to counterfoil_app using (true) with check (true);
--> statement-breakpoint
-- Holders see their own; practitioners see which of their time is spoken for.
create policy reader on slot_holds for select to counterfoil_reader
  using (app_is_operator() or app_user() in (holder_id, practitioner_id));
--> statement-breakpoint
-- What a table definition cannot hold about waitlists: privileges and row-level security.

grant select, insert, update on waitlist_entries, freed_slots to counterfoil_app;
--> statement-breakpoint
grant select on waitlist_entries, freed_slots to counterfoil_reader;
--> statement-breakpoint
alter table waitlist_entries enable row level security;
--> statement-breakpoint
alter table freed_slots enable row level security;
--> statement-breakpoint
create policy app on waitlist_entries to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on freed_slots to counterfoil_app using (true) with check (true);
--> statement-breakpoint
-- Clients see where they wait, practitioners who waits for them; what is being offered to whom is for practitioners.
create policy reader on waitlist_entries for select to counterfoil_reader
  using (app_is_operator() or app_user() in (client_id, practitioner_id));
--> statement-breakpoint
create policy reader on freed_slots for select to counterfoil_reader
  using (app_is_operator() or app_user() = practitioner_id);
