CREATE TABLE "slot_holds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"holder_id" uuid NOT NULL,
	"practitioner_id" uuid NOT NULL,
	"status" text NOT NULL,
	"starts_at" timestamp (6) with time zone NOT NULL,
	"ends_at" timestamp (6) with time zone NOT NULL,
	"buffered_until" timestamp (6) with time zone NOT NULL,
	"session_type" text NOT NULL,
	"expires_at" timestamp (6) with time zone NOT NULL,
	"waitlist_entry_id" uuid,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (6) with time zone,
	"live_practitioner_id" uuid GENERATED ALWAYS AS (case when status = 'live' then practitioner_id end) STORED,
	"asked_practitioner_id" uuid GENERATED ALWAYS AS (case when status = 'live' and waitlist_entry_id is null then practitioner_id end) STORED,
	CONSTRAINT "slot_holds_status_known" CHECK ("slot_holds"."status" in ('live', 'used', 'released', 'replaced')),
	CONSTRAINT "slot_holds_end_after_start" CHECK ("slot_holds"."ends_at" > "slot_holds"."starts_at" and "slot_holds"."buffered_until" >= "slot_holds"."ends_at"),
	CONSTRAINT "slot_holds_last_a_day_at_most" CHECK ("slot_holds"."ends_at" <= "slot_holds"."starts_at" + interval '24 hours'),
	CONSTRAINT "slot_holds_of_two_people" CHECK ("slot_holds"."holder_id" <> "slot_holds"."practitioner_id"),
	CONSTRAINT "slot_holds_ended_iff_not_live" CHECK (("slot_holds"."status" = 'live') = ("slot_holds"."ended_at" is null))
);
--> statement-breakpoint
CREATE TABLE "freed_slots" (
	"id" uuid PRIMARY KEY NOT NULL,
	"practitioner_id" uuid NOT NULL,
	"starts_at" timestamp (6) with time zone NOT NULL,
	"ends_at" timestamp (6) with time zone NOT NULL,
	"status" text NOT NULL,
	"offered_to" uuid[] DEFAULT '{}' NOT NULL,
	"hold_id" uuid,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "freed_slots_status_known" CHECK ("freed_slots"."status" in ('open', 'closed')),
	CONSTRAINT "freed_slots_end_after_start" CHECK ("freed_slots"."ends_at" > "freed_slots"."starts_at"),
	CONSTRAINT "freed_slots_offered_by_a_hold" CHECK (("freed_slots"."hold_id" is null) = ("freed_slots"."offered_to" = '{}'))
);
--> statement-breakpoint
CREATE TABLE "waitlist_entries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"client_id" uuid NOT NULL,
	"practitioner_id" uuid NOT NULL,
	"status" text NOT NULL,
	"begins_at" timestamp (6) with time zone NOT NULL,
	"ends_at" timestamp (6) with time zone NOT NULL,
	"duration_minutes" integer NOT NULL,
	"session_type" text NOT NULL,
	"joined_at" timestamp (6) with time zone NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (6) with time zone,
	"waiting_practitioner_id" uuid GENERATED ALWAYS AS (case when status = 'waiting' then practitioner_id end) STORED,
	CONSTRAINT "waitlist_entries_status_known" CHECK ("waitlist_entries"."status" in ('waiting', 'fulfilled', 'left', 'over')),
	CONSTRAINT "waitlist_entries_end_after_start" CHECK ("waitlist_entries"."ends_at" > "waitlist_entries"."begins_at" and "waitlist_entries"."duration_minutes" > 0),
	CONSTRAINT "waitlist_entries_of_two_people" CHECK ("waitlist_entries"."client_id" <> "waitlist_entries"."practitioner_id"),
	CONSTRAINT "waitlist_entries_ended_iff_not_waiting" CHECK (("waitlist_entries"."status" = 'waiting') = ("waitlist_entries"."ended_at" is null))
);
--> statement-breakpoint
ALTER TABLE "slot_holds" ADD CONSTRAINT "slot_holds_holder_id_users_id_fk" FOREIGN KEY ("holder_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "slot_holds" ADD CONSTRAINT "slot_holds_practitioner_id_users_id_fk" FOREIGN KEY ("practitioner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "freed_slots" ADD CONSTRAINT "freed_slots_practitioner_id_users_id_fk" FOREIGN KEY ("practitioner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waitlist_entries" ADD CONSTRAINT "waitlist_entries_client_id_users_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waitlist_entries" ADD CONSTRAINT "waitlist_entries_practitioner_id_users_id_fk" FOREIGN KEY ("practitioner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "slot_holds_of_practitioner" ON "slot_holds" USING btree ("live_practitioner_id","starts_at");--> statement-breakpoint
CREATE UNIQUE INDEX "slot_holds_one_per_holder_and_practitioner" ON "slot_holds" USING btree ("holder_id","asked_practitioner_id");--> statement-breakpoint
CREATE INDEX "slot_holds_of_waitlist_entry" ON "slot_holds" USING btree ("waitlist_entry_id");--> statement-breakpoint
CREATE INDEX "freed_slots_open" ON "freed_slots" USING btree ("created_at") WHERE "freed_slots"."status" = 'open';--> statement-breakpoint
CREATE INDEX "waitlist_entries_of_practitioner" ON "waitlist_entries" USING btree ("waiting_practitioner_id","joined_at");--> statement-breakpoint
CREATE UNIQUE INDEX "waitlist_entries_one_per_client_and_practitioner" ON "waitlist_entries" USING btree ("client_id","waiting_practitioner_id");