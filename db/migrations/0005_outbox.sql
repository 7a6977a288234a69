CREATE TABLE "notification_preferences" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"muted" text[] NOT NULL,
	"updated_at" timestamp (6) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"type" text NOT NULL,
	"user_id" uuid,
	"operation_id" uuid,
	"subject_id" uuid,
	"data" jsonb NOT NULL,
	"status" text DEFAULT 'waiting' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"last_error" text,
	"rendered" jsonb,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp (6) with time zone,
	CONSTRAINT "outbox_status_known" CHECK ("outbox"."status" in ('waiting', 'sent', 'skipped', 'failed')),
	CONSTRAINT "outbox_settled_iff_over" CHECK (("outbox"."status" in ('sent', 'skipped')) = ("outbox"."settled_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "bookings" ADD COLUMN "moved_at" timestamp (6) with time zone;--> statement-breakpoint
ALTER TABLE "bookings" ADD COLUMN "room_url" text;--> statement-breakpoint
ALTER TABLE "notification_preferences" ADD CONSTRAINT "notification_preferences_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("kind","due_at") WHERE "outbox"."status" = 'waiting';--> statement-breakpoint
CREATE INDEX "outbox_of_user" ON "outbox" USING btree ("user_id","created_at","id") WHERE "outbox"."kind" = 'mail';--> statement-breakpoint
CREATE INDEX "outbox_rooms" ON "outbox" USING btree ("subject_id") WHERE "outbox"."kind" = 'room.create';