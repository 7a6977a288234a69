DROP INDEX "bookings_of_client";--> statement-breakpoint
DROP INDEX "bookings_of_practitioner";--> statement-breakpoint
-- In one statement: each of them writes the table anew.
ALTER TABLE "bookings" ADD COLUMN "open_client_id" uuid GENERATED ALWAYS AS (case when status = 'booked' then client_id end) STORED,
  ADD COLUMN "open_practitioner_id" uuid GENERATED ALWAYS AS (case when status = 'booked' then practitioner_id end) STORED;--> statement-breakpoint
CREATE INDEX "bookings_open_of_client" ON "bookings" USING btree ("open_client_id","starts_at","ends_at") WHERE "bookings"."open_client_id" is not null;--> statement-breakpoint
CREATE INDEX "bookings_open_of_practitioner" ON "bookings" USING btree ("open_practitioner_id","starts_at","buffered_until") WHERE "bookings"."open_practitioner_id" is not null;--> statement-breakpoint
CREATE INDEX "bookings_closed_of_client" ON "bookings" USING btree ("client_id","starts_at","ends_at") WHERE "bookings"."open_client_id" is null;--> statement-breakpoint
CREATE INDEX "bookings_closed_of_practitioner" ON "bookings" USING btree ("practitioner_id","starts_at","buffered_until") WHERE "bookings"."open_practitioner_id" is null;