CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"owner_id" uuid NOT NULL,
	"asset" text DEFAULT 'credits' NOT NULL,
	"balance" bigint DEFAULT 0 NOT NULL,
	"held" bigint DEFAULT 0 NOT NULL,
	"debt" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_one_per_owner_and_asset" UNIQUE("owner_id","asset"),
	CONSTRAINT "accounts_never_below_zero" CHECK ("accounts"."balance" >= 0),
	CONSTRAINT "accounts_holds_within_balance" CHECK ("accounts"."held" between 0 and "accounts"."balance"),
	CONSTRAINT "accounts_debt_not_negative" CHECK ("accounts"."debt" >= 0)
);
--> statement-breakpoint
CREATE TABLE "audit_runs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_runs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"ran_at" timestamp (6) with time zone NOT NULL,
	"ok" boolean NOT NULL,
	"duration_ms" integer NOT NULL,
	"checks" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "batches_in_hand" (
	"worker_id" text NOT NULL,
	"committer" integer NOT NULL,
	"operations" uuid[] NOT NULL,
	CONSTRAINT "batches_in_hand_worker_id_committer_pk" PRIMARY KEY("worker_id","committer")
);
--> statement-breakpoint
CREATE TABLE "bookings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"client_id" uuid NOT NULL,
	"practitioner_id" uuid NOT NULL,
	"peer" boolean NOT NULL,
	"status" text NOT NULL,
	"starts_at" timestamp (6) with time zone NOT NULL,
	"ends_at" timestamp (6) with time zone NOT NULL,
	"buffered_until" timestamp (6) with time zone NOT NULL,
	"time_zone" text NOT NULL,
	"session_type" text NOT NULL,
	"credit_cost" bigint NOT NULL,
	"refunded_credits" bigint DEFAULT 0 NOT NULL,
	"free_until_hours" integer NOT NULL,
	"late_refund_percent" integer NOT NULL,
	"notes" text,
	"cancelled_by" text,
	"cancelled_at" timestamp (6) with time zone,
	"cancellation_reason" text,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "bookings_status_known" CHECK ("bookings"."status" in ('booked', 'completed', 'cancelled', 'no_show')),
	CONSTRAINT "bookings_end_after_start" CHECK ("bookings"."ends_at" > "bookings"."starts_at" and "bookings"."buffered_until" >= "bookings"."ends_at"),
	CONSTRAINT "bookings_last_a_day_at_most" CHECK ("bookings"."ends_at" <= "bookings"."starts_at" + interval '24 hours'),
	CONSTRAINT "bookings_of_two_people" CHECK ("bookings"."client_id" <> "bookings"."practitioner_id"),
	CONSTRAINT "bookings_refund_within_cost" CHECK ("bookings"."refunded_credits" between 0 and "bookings"."credit_cost"),
	CONSTRAINT "bookings_cancelled_by_somebody" CHECK (("bookings"."status" = 'cancelled') = ("bookings"."cancelled_by" is not null))
);
--> statement-breakpoint
CREATE TABLE "lane_heads" (
	"id" uuid PRIMARY KEY NOT NULL,
	"settled_seq" bigint DEFAULT 0 NOT NULL,
	"replays" uuid[] DEFAULT '{}' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lane_tails" (
	"id" uuid PRIMARY KEY NOT NULL,
	"last_seq" bigint NOT NULL,
	"last_accepted_at" timestamp (6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "low_water" (
	"singleton" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"accepted_at" timestamp (6) with time zone NOT NULL,
	CONSTRAINT "low_water_is_one_row" CHECK ("low_water"."singleton")
);
--> statement-breakpoint
CREATE TABLE "operations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"lane" uuid NOT NULL,
	"lane_seq" bigint NOT NULL,
	"caller_id" uuid NOT NULL,
	"caller_roles" text[] NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"payload" jsonb NOT NULL,
	"accepted_at" timestamp (6) with time zone NOT NULL,
	"status" text DEFAULT 'accepted' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"crashes" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (6) with time zone,
	"replayed_at" timestamp (6) with time zone,
	"settled_at" timestamp (6) with time zone,
	"outcome" jsonb,
	"rejection" jsonb,
	"resolution" jsonb,
	"last_error" text,
	CONSTRAINT "operations_one_per_lane_position" UNIQUE("lane","lane_seq"),
	CONSTRAINT "operations_status_known" CHECK ("operations"."status" in ('accepted', 'retrying', 'processing', 'succeeded', 'rejected', 'reconciling', 'resolved')),
	CONSTRAINT "operations_outcome_iff_succeeded" CHECK (("operations"."status" = 'succeeded') = ("operations"."outcome" is not null)),
	CONSTRAINT "operations_rejection_iff_rejected" CHECK (("operations"."status" = 'rejected') = ("operations"."rejection" is not null)),
	CONSTRAINT "operations_resolution_iff_resolved" CHECK (("operations"."status" = 'resolved') = ("operations"."resolution" is not null)),
	CONSTRAINT "operations_settled_iff_final" CHECK (("operations"."status" in ('succeeded', 'rejected', 'resolved')) = ("operations"."settled_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "operator_actions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "operator_actions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"by" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"note" text
);
--> statement-breakpoint
CREATE TABLE "practitioners" (
	"id" uuid PRIMARY KEY NOT NULL,
	"time_zone" text NOT NULL,
	"prices" jsonb NOT NULL,
	"availability" jsonb NOT NULL,
	"time_off" jsonb NOT NULL,
	"buffer_minutes" integer NOT NULL,
	"minimum_notice_minutes" integer NOT NULL,
	"cancellation_policy" jsonb NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "practitioners_buffer_bounded" CHECK ("practitioners"."buffer_minutes" between 0 and 240),
	CONSTRAINT "practitioners_notice_not_negative" CHECK ("practitioners"."minimum_notice_minutes" >= 0)
);
--> statement-breakpoint
CREATE TABLE "reconciliation_items" (
	"id" uuid PRIMARY KEY NOT NULL,
	"category" text NOT NULL,
	"subject_id" text NOT NULL,
	"kind" text NOT NULL,
	"summary" text NOT NULL,
	"error" text NOT NULL,
	"attempts" integer NOT NULL,
	"status" text NOT NULL,
	"opened_at" timestamp (6) with time zone NOT NULL,
	"history" jsonb NOT NULL,
	CONSTRAINT "reconciliation_items_one_per_subject" UNIQUE("category","subject_id"),
	CONSTRAINT "reconciliation_items_status_known" CHECK ("reconciliation_items"."status" in ('open', 'resolved', 'dismissed'))
);
--> statement-breakpoint
CREATE TABLE "seeds" (
	"name" text PRIMARY KEY NOT NULL,
	"at" timestamp (6) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "transfers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "transfers_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"operation_id" uuid NOT NULL,
	"debit_account" uuid NOT NULL,
	"credit_account" uuid NOT NULL,
	"amount" bigint NOT NULL,
	"debit_type" text NOT NULL,
	"credit_type" text NOT NULL,
	"source" text NOT NULL,
	"debit_before" bigint,
	"credit_before" bigint,
	"debtor" uuid,
	"reference_type" text,
	"reference_id" uuid,
	"description" text,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "transfers_move_something" CHECK ("transfers"."amount" > 0),
	CONSTRAINT "transfers_between_two_accounts" CHECK ("transfers"."debit_account" <> "transfers"."credit_account"),
	CONSTRAINT "transfers_never_overdraw" CHECK ("transfers"."debit_before" >= "transfers"."amount")
);
--> statement-breakpoint
CREATE TABLE "used_links" (
	"id" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp (6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"first_name" text NOT NULL,
	"last_name" text NOT NULL,
	"roles" text[] NOT NULL,
	"time_zone" text NOT NULL,
	"active" boolean NOT NULL,
	"email_verified" boolean NOT NULL,
	"deleted_at" timestamp (6) with time zone,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (6) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_client_id_users_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_practitioner_id_users_id_fk" FOREIGN KEY ("practitioner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "practitioners" ADD CONSTRAINT "practitioners_id_users_id_fk" FOREIGN KEY ("id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "bookings_of_client" ON "bookings" USING btree ("client_id","starts_at");--> statement-breakpoint
CREATE INDEX "bookings_of_practitioner" ON "bookings" USING btree ("practitioner_id","starts_at");--> statement-breakpoint
CREATE INDEX "operations_accepted_at" ON "operations" USING btree ("accepted_at");--> statement-breakpoint
CREATE INDEX "reconciliation_items_newest" ON "reconciliation_items" USING btree ("opened_at");--> statement-breakpoint
CREATE INDEX "transfers_of_debit_account" ON "transfers" USING btree ("debit_account","seq") WHERE "transfers"."debit_before" is not null;--> statement-breakpoint
CREATE INDEX "transfers_of_credit_account" ON "transfers" USING btree ("credit_account","seq") WHERE "transfers"."credit_before" is not null;