-- Nobody can guess it, and of all roles only the application's may read it.
insert into outcome_channel (name) values ('outcomes_' || replace(gen_random_uuid()::text, '-', ''));
--> statement-breakpoint
grant select on outcome_channel to counterfoil_app;
