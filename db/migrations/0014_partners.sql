CREATE TABLE "partner_assignments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"partner_id" uuid NOT NULL,
	"member_id" uuid NOT NULL,
	"operation_id" uuid NOT NULL,
	"amount" bigint NOT NULL,
	"returned" bigint DEFAULT 0 NOT NULL,
	"status" text NOT NULL,
	"assigned_at" timestamp (6) with time zone NOT NULL,
	"expires_at" timestamp (6) with time zone NOT NULL,
	"closed_at" timestamp (6) with time zone,
	CONSTRAINT "partner_assignments_of_something" CHECK ("partner_assignments"."amount" > 0),
	CONSTRAINT "partner_assignments_return_within_amount" CHECK ("partner_assignments"."returned" between 0 and "partner_assignments"."amount"),
	CONSTRAINT "partner_assignments_status_known" CHECK ("partner_assignments"."status" in ('open', 'closed')),
	CONSTRAINT "partner_assignments_closed_iff_not_open" CHECK (("partner_assignments"."status" = 'open') = ("partner_assignments"."closed_at" is null)),
	CONSTRAINT "partner_assignments_return_when_closed" CHECK ("partner_assignments"."status" = 'closed' or "partner_assignments"."returned" = 0)
);
--> statement-breakpoint
CREATE TABLE "partner_members" (
	"id" uuid PRIMARY KEY NOT NULL,
	"partner_id" uuid NOT NULL,
	"email" text NOT NULL,
	"first_name" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"user_id" uuid,
	"credits_assigned" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "partner_members_status_known" CHECK ("partner_members"."status" in ('active', 'removed')),
	CONSTRAINT "partner_members_assigned_not_negative" CHECK ("partner_members"."credits_assigned" >= 0)
);
--> statement-breakpoint
CREATE TABLE "partners" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"owner_user_id" uuid NOT NULL,
	"expiry_days" integer NOT NULL,
	"on_expiry" text NOT NULL,
	"member_cap_credits" bigint,
	"member_cap_days" integer,
	"funded" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "partners_one_per_owner" UNIQUE("owner_user_id"),
	CONSTRAINT "partners_expire_something" CHECK ("partners"."expiry_days" > 0),
	CONSTRAINT "partners_on_expiry_known" CHECK ("partners"."on_expiry" in ('return', 'forfeit')),
	CONSTRAINT "partners_cap_with_days" CHECK (("partners"."member_cap_credits" is null) = ("partners"."member_cap_days" is null)),
	CONSTRAINT "partners_cap_something" CHECK ("partners"."member_cap_credits" > 0 and "partners"."member_cap_days" > 0),
	CONSTRAINT "partners_funded_not_negative" CHECK ("partners"."funded" >= 0)
);
--> statement-breakpoint
ALTER TABLE "accounts" ALTER COLUMN "owner_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "partner_id" uuid;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "purpose" text DEFAULT 'own' NOT NULL;--> statement-breakpoint
ALTER TABLE "partner_assignments" ADD CONSTRAINT "partner_assignments_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partner_assignments" ADD CONSTRAINT "partner_assignments_member_id_partner_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."partner_members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partner_members" ADD CONSTRAINT "partner_members_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partner_members" ADD CONSTRAINT "partner_members_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partners" ADD CONSTRAINT "partners_owner_user_id_users_id_fk" FOREIGN KEY ("owner_user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "partner_assignments_of_member" ON "partner_assignments" USING btree ("member_id","assigned_at");--> statement-breakpoint
CREATE INDEX "partner_assignments_open" ON "partner_assignments" USING btree ("partner_id","member_id") WHERE "partner_assignments"."status" = 'open';--> statement-breakpoint
CREATE UNIQUE INDEX "partner_members_one_per_address" ON "partner_members" USING btree ("partner_id",lower("email"));--> statement-breakpoint
CREATE INDEX "partner_members_by_address" ON "partner_members" USING btree (lower("email"));--> statement-breakpoint
CREATE INDEX "partner_members_in_order" ON "partner_members" USING btree ("partner_id","created_at","id");--> statement-breakpoint
CREATE INDEX "partner_members_of_user" ON "partner_members" USING btree ("user_id");--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "users_by_address" ON "users" USING btree (lower("email"));--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_one_per_partner_and_purpose" UNIQUE("partner_id","purpose");--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_purpose_known" CHECK ("accounts"."purpose" in ('own', 'pool', 'unclaimed'));--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_of_a_person_or_a_partner" CHECK (("accounts"."purpose" = 'own') = ("accounts"."owner_id" is not null) and ("accounts"."purpose" = 'own') = ("accounts"."partner_id" is null));