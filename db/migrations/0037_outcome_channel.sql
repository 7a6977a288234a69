CREATE TABLE "outcome_channel" (
	"singleton" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "outcome_channel_is_one_row" CHECK ("outcome_channel"."singleton")
);
