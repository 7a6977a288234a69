ALTER TABLE "lots" ADD COLUMN "pot" text;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "rollover_max" bigint;--> statement-breakpoint
ALTER TABLE "stripe_purchases" ADD COLUMN "rollover_max" bigint;--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_roll_over_not_negative" CHECK ("plans"."rollover_max" >= 0);