-- What a table definition cannot hold about plans and what Stripe says: privileges and row-level security.

-- Found by any of the objects that they are about, as long as they wait for something.
create index stripe_events_open_subjects on stripe_events using gin (subjects) where status in ('waiting', 'unresolved');
--> statement-breakpoint
grant select, insert, update on plans, stripe_events, stripe_subscriptions, stripe_purchases, stripe_charges,
  stripe_disputes, stripe_comparisons to counterfoil_app;
--> statement-breakpoint
grant select, insert on stripe_owners, stripe_relations to counterfoil_app;
--> statement-breakpoint
grant select on plans, stripe_events, stripe_purchases, stripe_comparisons to counterfoil_reader;
--> statement-breakpoint
alter table stripe_events enable row level security;
--> statement-breakpoint
alter table stripe_purchases enable row level security;
--> statement-breakpoint
alter table stripe_comparisons enable row level security;
--> statement-breakpoint
create policy app on stripe_events to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on stripe_purchases to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on stripe_comparisons to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy reader on stripe_events for select to counterfoil_reader using (app_is_operator());
--> statement-breakpoint
create policy reader on stripe_purchases for select to counterfoil_reader
  using (app_is_operator() or user_id = app_user());
--> statement-breakpoint
create policy reader on stripe_comparisons for select to counterfoil_reader using (app_is_operator());
