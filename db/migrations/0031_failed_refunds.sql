CREATE TABLE "stripe_failed_refunds" (
	"id" text PRIMARY KEY NOT NULL,
	"charge_id" text NOT NULL,
	"amount" bigint NOT NULL,
	"failed_at" timestamp (6) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "stripe_charges" ADD COLUMN "said_at" timestamp (6) with time zone DEFAULT 'epoch' NOT NULL;--> statement-breakpoint
CREATE INDEX "stripe_failed_refunds_of_charge" ON "stripe_failed_refunds" USING btree ("charge_id");