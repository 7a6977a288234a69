CREATE TABLE "holds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account_id" uuid NOT NULL,
	"operation_id" uuid NOT NULL,
	"amount" bigint NOT NULL,
	"reference_type" text NOT NULL,
	"reference_id" uuid NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (6) with time zone,
	CONSTRAINT "holds_of_something" CHECK ("holds"."amount" > 0),
	CONSTRAINT "holds_status_known" CHECK ("holds"."status" in ('live', 'captured', 'released')),
	CONSTRAINT "holds_ended_iff_not_live" CHECK (("holds"."status" = 'live') = ("holds"."ended_at" is null))
);
--> statement-breakpoint
ALTER TABLE "bookings" ADD COLUMN "settlement" text DEFAULT 'at_booking' NOT NULL;--> statement-breakpoint
ALTER TABLE "bookings" ADD COLUMN "no_show" text;--> statement-breakpoint
ALTER TABLE "bookings" ADD COLUMN "revision" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "bookings" ADD COLUMN "first_starts_at" timestamp (6) with time zone;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "holds_of_account" ON "holds" USING btree ("account_id") WHERE "holds"."status" = 'live';--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_settlement_known" CHECK ("bookings"."settlement" in ('at_booking', 'on_completion'));--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_missed_by_somebody" CHECK (("bookings"."status" = 'no_show') = ("bookings"."no_show" is not null));