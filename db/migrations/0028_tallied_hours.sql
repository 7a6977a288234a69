CREATE TABLE "tallied_hours" (
	"hour" timestamp (6) with time zone PRIMARY KEY NOT NULL,
	"tallies" jsonb NOT NULL
);
--> statement-breakpoint
CREATE INDEX "bookings_created" ON "bookings" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "bookings_cancelled" ON "bookings" USING btree ("created_at","peer") WHERE "bookings"."status" = 'cancelled';