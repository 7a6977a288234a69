DROP INDEX "bookings_of_client";--> statement-breakpoint
DROP INDEX "bookings_of_practitioner";--> statement-breakpoint
CREATE INDEX "bookings_of_client" ON "bookings" USING btree ("client_id","starts_at","ends_at");--> statement-breakpoint
CREATE INDEX "bookings_of_practitioner" ON "bookings" USING btree ("practitioner_id","starts_at","buffered_until");