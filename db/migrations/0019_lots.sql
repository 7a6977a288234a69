CREATE TABLE "allocation_voids" (
	"allocation_id" uuid PRIMARY KEY NOT NULL,
	"operation_id" uuid NOT NULL,
	"amount" bigint NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "allocation_voids_of_something_or_nothing" CHECK ("allocation_voids"."amount" >= 0)
);
--> statement-breakpoint
CREATE TABLE "lots" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "lots_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account_id" uuid NOT NULL,
	"operation_id" uuid NOT NULL,
	"origin_id" uuid NOT NULL,
	"amount" bigint NOT NULL,
	"remaining" bigint NOT NULL,
	"expires_at" timestamp (6) with time zone NOT NULL,
	"source" text NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (6) with time zone,
	CONSTRAINT "lots_of_something" CHECK ("lots"."amount" > 0),
	CONSTRAINT "lots_remaining_within_amount" CHECK ("lots"."remaining" between 0 and "lots"."amount"),
	CONSTRAINT "lots_status_known" CHECK ("lots"."status" in ('live', 'expired', 'voided')),
	CONSTRAINT "lots_ended_iff_not_live" CHECK (("lots"."status" = 'live') = ("lots"."ended_at" is null)),
	CONSTRAINT "lots_end_with_nothing" CHECK ("lots"."status" = 'live' or "lots"."remaining" = 0)
);
--> statement-breakpoint
ALTER TABLE "bookings" ADD COLUMN "lots" jsonb;--> statement-breakpoint
ALTER TABLE "lots" ADD CONSTRAINT "lots_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "lots_of_account" ON "lots" USING btree ("account_id") WHERE "lots"."remaining" > 0;--> statement-breakpoint
CREATE INDEX "lots_due" ON "lots" USING btree ("expires_at") WHERE "lots"."remaining" >= 1;