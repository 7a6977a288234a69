ALTER TABLE "partner_assignments" DROP CONSTRAINT "partner_assignments_return_within_amount";--> statement-breakpoint
ALTER TABLE "partner_assignments" DROP CONSTRAINT "partner_assignments_return_when_closed";--> statement-breakpoint
ALTER TABLE "partner_assignments" ADD COLUMN "expired" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "partners" ADD COLUMN "expired" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "partner_assignments_of_partner" ON "partner_assignments" USING btree ("partner_id","assigned_at");--> statement-breakpoint
CREATE INDEX "partner_assignments_due" ON "partner_assignments" USING btree ("expires_at") WHERE "partner_assignments"."closed_at" is null;--> statement-breakpoint
ALTER TABLE "partner_assignments" ADD CONSTRAINT "partner_assignments_end_within_amount" CHECK ("partner_assignments"."returned" >= 0 and "partner_assignments"."expired" >= 0 and "partner_assignments"."returned" + "partner_assignments"."expired" <= "partner_assignments"."amount");--> statement-breakpoint
ALTER TABLE "partner_assignments" ADD CONSTRAINT "partner_assignments_end_when_closed" CHECK ("partner_assignments"."status" = 'closed' or "partner_assignments"."returned" + "partner_assignments"."expired" = 0);--> statement-breakpoint
ALTER TABLE "partners" ADD CONSTRAINT "partners_expired_within_funded" CHECK ("partners"."expired" between 0 and "partners"."funded");