CREATE TABLE "partner_upload_rows" (
	"upload_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"line" integer NOT NULL,
	"email" text NOT NULL,
	"first_name" text NOT NULL,
	"credits" text NOT NULL,
	"result" text,
	"message" text,
	"allocated" bigint,
	CONSTRAINT "partner_upload_rows_upload_id_position_pk" PRIMARY KEY("upload_id","position")
);
--> statement-breakpoint
CREATE TABLE "partner_uploads" (
	"id" uuid PRIMARY KEY NOT NULL,
	"operation_id" uuid NOT NULL,
	"caller_id" uuid NOT NULL,
	"total" integer DEFAULT 0 NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"created" integer DEFAULT 0 NOT NULL,
	"updated" integer DEFAULT 0 NOT NULL,
	"allocated" bigint DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "partner_uploads_done_within_total" CHECK ("partner_uploads"."done" between 0 and "partner_uploads"."total"),
	CONSTRAINT "partner_uploads_count_rows" CHECK ("partner_uploads"."created" + "partner_uploads"."updated" + "partner_uploads"."failed" = "partner_uploads"."done")
);
--> statement-breakpoint
ALTER TABLE "operations" ADD COLUMN "progress" jsonb;--> statement-breakpoint
ALTER TABLE "partner_upload_rows" ADD CONSTRAINT "partner_upload_rows_upload_id_partner_uploads_id_fk" FOREIGN KEY ("upload_id") REFERENCES "public"."partner_uploads"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "partner_uploads_of_operation" ON "partner_uploads" USING btree ("operation_id");--> statement-breakpoint
CREATE INDEX "partner_uploads_by_age" ON "partner_uploads" USING btree ("created_at");