ALTER TABLE "practitioners" ADD COLUMN "extra_windows" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "practitioners" ADD COLUMN "booking_horizon_days" integer;--> statement-breakpoint
ALTER TABLE "practitioners" ADD COLUMN "sessions_per_day_max" integer;--> statement-breakpoint
ALTER TABLE "practitioners" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "practitioners" ADD CONSTRAINT "practitioners_horizon_bounded" CHECK ("practitioners"."booking_horizon_days" between 1 and 730);--> statement-breakpoint
ALTER TABLE "practitioners" ADD CONSTRAINT "practitioners_day_takes_a_session" CHECK ("practitioners"."sessions_per_day_max" >= 1);