CREATE TABLE "plans" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"stripe_price_id" text NOT NULL,
	"credits_per_period" bigint NOT NULL,
	"expires_after_days" integer,
	"drip" text,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "plans_one_per_price" UNIQUE("stripe_price_id"),
	CONSTRAINT "plans_credits_not_negative" CHECK ("plans"."credits_per_period" >= 0),
	CONSTRAINT "plans_expire_some_day" CHECK ("plans"."expires_after_days" > 0),
	CONSTRAINT "plans_drip_known" CHECK ("plans"."drip" in ('monthly'))
);
--> statement-breakpoint
CREATE TABLE "stripe_charges" (
	"id" text PRIMARY KEY NOT NULL,
	"amount" bigint NOT NULL,
	"refunded" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stripe_comparisons" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "stripe_comparisons_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"started_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (6) with time zone,
	"since" timestamp (6) with time zone NOT NULL,
	"listed" integer,
	"missing" text[],
	"unlisted" text[]
);
--> statement-breakpoint
CREATE TABLE "stripe_disputes" (
	"id" text PRIMARY KEY NOT NULL,
	"charge_id" text NOT NULL,
	"amount" bigint NOT NULL,
	"withdrawn" boolean NOT NULL,
	"reinstated" boolean NOT NULL,
	"outcome" text
);
--> statement-breakpoint
CREATE TABLE "stripe_events" (
	"id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"created_at" timestamp (6) with time zone NOT NULL,
	"object_id" text NOT NULL,
	"subjects" text[] NOT NULL,
	"payload" jsonb NOT NULL,
	"status" text NOT NULL,
	"lacks" text,
	"origin" text NOT NULL,
	"received_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"asked_at" timestamp (6) with time zone,
	CONSTRAINT "stripe_events_status_known" CHECK ("stripe_events"."status" in ('settled', 'waiting', 'unresolved', 'closed', 'ignored')),
	CONSTRAINT "stripe_events_lack_something" CHECK (("stripe_events"."status" in ('waiting', 'unresolved')) <= ("stripe_events"."lacks" is not null))
);
--> statement-breakpoint
CREATE TABLE "stripe_owners" (
	"stripe_id" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stripe_purchases" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"user_id" uuid NOT NULL,
	"subscription_id" text,
	"period_start" timestamp (6) with time zone,
	"period_end" timestamp (6) with time zone,
	"paid_with" text NOT NULL,
	"amount_paid" bigint,
	"description" text NOT NULL,
	"credits" bigint NOT NULL,
	"expires_after_days" integer,
	"parts" integer DEFAULT 1 NOT NULL,
	"parts_given" integer DEFAULT 0 NOT NULL,
	"next_part_at" timestamp (6) with time zone,
	"given" bigint DEFAULT 0 NOT NULL,
	"taken" bigint DEFAULT 0 NOT NULL,
	"turns" integer DEFAULT 0 NOT NULL,
	"paid_at" timestamp (6) with time zone NOT NULL,
	CONSTRAINT "stripe_purchases_one_per_key" UNIQUE("key"),
	CONSTRAINT "stripe_purchases_one_per_period" UNIQUE("subscription_id","period_start","parts"),
	CONSTRAINT "stripe_purchases_kind_known" CHECK ("stripe_purchases"."kind" in ('period', 'purchase', 'proration')),
	CONSTRAINT "stripe_purchases_give_within_credits" CHECK ("stripe_purchases"."given" - "stripe_purchases"."taken" between 0 and "stripe_purchases"."credits"),
	CONSTRAINT "stripe_purchases_parts_within_all" CHECK ("stripe_purchases"."parts_given" between 0 and "stripe_purchases"."parts"),
	CONSTRAINT "stripe_purchases_next_part_iff_any" CHECK (("stripe_purchases"."next_part_at" is null) or ("stripe_purchases"."parts_given" < "stripe_purchases"."parts"))
);
--> statement-breakpoint
CREATE TABLE "stripe_relations" (
	"stripe_id" text NOT NULL,
	"other_id" text NOT NULL,
	CONSTRAINT "stripe_relations_stripe_id_other_id_pk" PRIMARY KEY("stripe_id","other_id")
);
--> statement-breakpoint
CREATE TABLE "stripe_subscriptions" (
	"id" text PRIMARY KEY NOT NULL,
	"customer_id" text,
	"status" text NOT NULL,
	"cancel_at_period_end" boolean NOT NULL,
	"ended_at" timestamp (6) with time zone,
	"said_at" timestamp (6) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "stripe_owners" ADD CONSTRAINT "stripe_owners_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stripe_purchases" ADD CONSTRAINT "stripe_purchases_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "stripe_disputes_of_charge" ON "stripe_disputes" USING btree ("charge_id");--> statement-breakpoint
CREATE INDEX "stripe_events_created" ON "stripe_events" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "stripe_events_open" ON "stripe_events" USING btree ("received_at") WHERE "stripe_events"."status" in ('waiting', 'unresolved');--> statement-breakpoint
CREATE INDEX "stripe_events_open_object" ON "stripe_events" USING btree ("object_id") WHERE "stripe_events"."status" in ('waiting', 'unresolved');--> statement-breakpoint
CREATE INDEX "stripe_purchases_paid_with" ON "stripe_purchases" USING btree ("paid_with");--> statement-breakpoint
CREATE INDEX "stripe_purchases_dripping" ON "stripe_purchases" USING btree ("next_part_at") WHERE "stripe_purchases"."next_part_at" is not null;