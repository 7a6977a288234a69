CREATE TABLE "event_deliveries" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"operation_id" uuid NOT NULL,
	"type" text NOT NULL,
	"lane" uuid NOT NULL,
	"lane_seq" bigint NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"queued_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"failing_since" timestamp (6) with time zone,
	"due_at" timestamp (6) with time zone,
	"leased_until" timestamp (6) with time zone,
	"last_attempt_at" timestamp (6) with time zone,
	"last_status_code" integer,
	"last_error" text,
	"delivered_at" timestamp (6) with time zone,
	CONSTRAINT "event_deliveries_one_per_event" UNIQUE("endpoint_id","operation_id"),
	CONSTRAINT "event_deliveries_status_known" CHECK ("event_deliveries"."status" in ('pending', 'delivered')),
	CONSTRAINT "event_deliveries_delivered_at_some_time" CHECK (("event_deliveries"."status" = 'delivered') = ("event_deliveries"."delivered_at" is not null)),
	CONSTRAINT "event_deliveries_due_iff_failing" CHECK (("event_deliveries"."due_at" is null) = ("event_deliveries"."failing_since" is null)),
	CONSTRAINT "event_deliveries_delivered_is_over" CHECK ("event_deliveries"."status" = 'pending' or ("event_deliveries"."due_at" is null and "event_deliveries"."leased_until" is null))
);
--> statement-breakpoint
CREATE TABLE "event_endpoints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"url" text NOT NULL,
	"types" text[],
	"secret" text NOT NULL,
	"previous_secret" text,
	"previous_secret_until" timestamp (6) with time zone,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"last_success_at" timestamp (6) with time zone,
	"disabled_at" timestamp (6) with time zone,
	"disabled_reason" text,
	"deleted_at" timestamp (6) with time zone,
	CONSTRAINT "event_endpoints_disabled_for_a_reason" CHECK (("event_endpoints"."disabled_at" is null) = ("event_endpoints"."disabled_reason" is null)),
	CONSTRAINT "event_endpoints_previous_secret_ends" CHECK (("event_endpoints"."previous_secret" is null) = ("event_endpoints"."previous_secret_until" is null))
);
--> statement-breakpoint
CREATE INDEX "event_deliveries_newest" ON "event_deliveries" USING btree ("endpoint_id","queued_at","operation_id");--> statement-breakpoint
CREATE INDEX "event_deliveries_pending" ON "event_deliveries" USING btree ("endpoint_id","lane","lane_seq") WHERE "event_deliveries"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "event_deliveries_failing" ON "event_deliveries" USING btree ("endpoint_id","due_at") WHERE "event_deliveries"."status" = 'pending' and "event_deliveries"."due_at" is not null;