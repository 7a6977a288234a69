CREATE TABLE "order_items" (
	"order_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"product_id" uuid NOT NULL,
	"name" text NOT NULL,
	"unit_price_minor" bigint NOT NULL,
	"quantity" integer NOT NULL,
	"stock" text NOT NULL,
	"returned" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "order_items_order_id_position_pk" PRIMARY KEY("order_id","position"),
	CONSTRAINT "order_items_one_per_product" UNIQUE("order_id","product_id"),
	CONSTRAINT "order_items_of_something" CHECK ("order_items"."quantity" > 0),
	CONSTRAINT "order_items_stock_known" CHECK ("order_items"."stock" in ('reserved', 'sold', 'released')),
	CONSTRAINT "order_items_returned_within_quantity" CHECK ("order_items"."returned" between 0 and "order_items"."quantity")
);
--> statement-breakpoint
CREATE TABLE "order_refunds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"order_id" uuid NOT NULL,
	"amount_minor" bigint NOT NULL,
	"status" text NOT NULL,
	"returns" jsonb NOT NULL,
	"points_returned" bigint DEFAULT 0 NOT NULL,
	"points_reversed" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp (6) with time zone,
	CONSTRAINT "order_refunds_not_negative" CHECK ("order_refunds"."amount_minor" >= 0),
	CONSTRAINT "order_refunds_status_known" CHECK ("order_refunds"."status" in ('pending', 'done', 'failed')),
	CONSTRAINT "order_refunds_settled_iff_over" CHECK (("order_refunds"."status" = 'pending') = ("order_refunds"."settled_at" is null)),
	CONSTRAINT "order_refunds_move_points_once_done" CHECK ("order_refunds"."status" = 'done' or ("order_refunds"."points_returned" = 0 and "order_refunds"."points_reversed" = 0))
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"order_number" text NOT NULL,
	"customer_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"status" text NOT NULL,
	"currency" text NOT NULL,
	"subtotal_minor" bigint NOT NULL,
	"discount_minor" bigint NOT NULL,
	"total_minor" bigint NOT NULL,
	"refunded_minor" bigint DEFAULT 0 NOT NULL,
	"points_redeemed" bigint NOT NULL,
	"points_earned" bigint NOT NULL,
	"loyalty" text NOT NULL,
	"rules" jsonb NOT NULL,
	"lots" jsonb NOT NULL,
	"payment_method" text NOT NULL,
	"payment_intent_id" text,
	"reserved_until" timestamp (6) with time zone,
	"created_at" timestamp (6) with time zone NOT NULL,
	"paid_at" timestamp (6) with time zone,
	"updated_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "orders_one_per_number" UNIQUE("order_number"),
	CONSTRAINT "orders_status_known" CHECK ("orders"."status" in ('awaiting_payment', 'paid', 'payment_failed', 'partially_refunded', 'refunded')),
	CONSTRAINT "orders_loyalty_known" CHECK ("orders"."loyalty" in ('none', 'due', 'settled', 'dropped')),
	CONSTRAINT "orders_total_adds_up" CHECK ("orders"."total_minor" = "orders"."subtotal_minor" - "orders"."discount_minor"),
	CONSTRAINT "orders_amounts_not_negative" CHECK ("orders"."total_minor" >= 0 and "orders"."discount_minor" >= 0),
	CONSTRAINT "orders_points_not_negative" CHECK ("orders"."points_redeemed" >= 0 and "orders"."points_earned" >= 0),
	CONSTRAINT "orders_refunds_within_total" CHECK ("orders"."refunded_minor" between 0 and "orders"."total_minor"),
	CONSTRAINT "orders_paid_iff_it_says_so" CHECK (("orders"."status" in ('paid', 'partially_refunded', 'refunded')) = ("orders"."paid_at" is not null)),
	CONSTRAINT "orders_kept_while_unpaid_only" CHECK ("orders"."reserved_until" is null or "orders"."status" = 'awaiting_payment')
);
--> statement-breakpoint
CREATE TABLE "products" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vendor_id" uuid NOT NULL,
	"name" text NOT NULL,
	"price_minor" bigint NOT NULL,
	"currency" text NOT NULL,
	"available" integer DEFAULT 0 NOT NULL,
	"reserved" integer DEFAULT 0 NOT NULL,
	"sold" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "products_cost_something_or_nothing" CHECK ("products"."price_minor" >= 0),
	CONSTRAINT "products_stock_not_negative" CHECK ("products"."available" >= 0 and "products"."reserved" >= 0 and "products"."sold" >= 0)
);
--> statement-breakpoint
CREATE TABLE "stock_movements" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "stock_movements_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"product_id" uuid NOT NULL,
	"move" text NOT NULL,
	"quantity" integer NOT NULL,
	"available_before" integer NOT NULL,
	"order_id" uuid,
	"operation_id" uuid,
	"created_at" timestamp (6) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "stock_movements_of_something" CHECK ("stock_movements"."quantity" > 0),
	CONSTRAINT "stock_movements_move_known" CHECK ("stock_movements"."move" in ('received', 'removed', 'reserved', 'released', 'sold', 'returned'))
);
--> statement-breakpoint
CREATE TABLE "vendors" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"owner_user_id" uuid NOT NULL,
	"loyalty" jsonb NOT NULL,
	"loyalty_version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (6) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "vendors_loyalty_version_positive" CHECK ("vendors"."loyalty_version" > 0)
);
--> statement-breakpoint
ALTER TABLE "accounts" DROP CONSTRAINT "accounts_one_per_owner_and_asset";--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "vendor_id" uuid;--> statement-breakpoint
ALTER TABLE "lots" ADD COLUMN "spendable_from" timestamp (6) with time zone;--> statement-breakpoint
ALTER TABLE "order_items" ADD CONSTRAINT "order_items_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "public"."orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_items" ADD CONSTRAINT "order_items_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_refunds" ADD CONSTRAINT "order_refunds_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "public"."orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_customer_id_users_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "products" ADD CONSTRAINT "products_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stock_movements" ADD CONSTRAINT "stock_movements_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vendors" ADD CONSTRAINT "vendors_owner_user_id_users_id_fk" FOREIGN KEY ("owner_user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "order_items_reserved" ON "order_items" USING btree ("product_id") WHERE "order_items"."stock" = 'reserved';--> statement-breakpoint
CREATE INDEX "order_refunds_of_order" ON "order_refunds" USING btree ("order_id");--> statement-breakpoint
CREATE INDEX "orders_of_customer" ON "orders" USING btree ("customer_id","created_at","id");--> statement-breakpoint
CREATE INDEX "orders_of_vendor" ON "orders" USING btree ("vendor_id","created_at","id");--> statement-breakpoint
CREATE INDEX "orders_of_account" ON "orders" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "orders_of_intent" ON "orders" USING btree ("payment_intent_id") WHERE "orders"."payment_intent_id" is not null;--> statement-breakpoint
CREATE INDEX "orders_reserved" ON "orders" USING btree ("reserved_until") WHERE "orders"."reserved_until" is not null;--> statement-breakpoint
CREATE INDEX "products_of_vendor" ON "products" USING btree ("vendor_id","created_at","id");--> statement-breakpoint
CREATE INDEX "stock_movements_of_product" ON "stock_movements" USING btree ("product_id","seq");--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "accounts_one_per_owner_asset_and_vendor" ON "accounts" USING btree ("owner_id","asset",coalesce("vendor_id", '00000000-0000-0000-0000-000000000000'::uuid));--> statement-breakpoint
CREATE INDEX "accounts_of_vendor" ON "accounts" USING btree ("vendor_id") WHERE "accounts"."vendor_id" is not null;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_points_are_of_a_vendor" CHECK (("accounts"."asset" = 'points') = ("accounts"."vendor_id" is not null));