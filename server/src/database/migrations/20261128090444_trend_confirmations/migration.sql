CREATE TABLE `trend_confirmations` (
	`id` text PRIMARY KEY,
	`project` text NOT NULL,
	`series` integer NOT NULL,
	`good` text NOT NULL,
	`bad` text NOT NULL,
	`good_run` text NOT NULL,
	`bad_run` text NOT NULL,
	`machines` text NOT NULL,
	`begun_at_ms` integer NOT NULL,
	`decision` text,
	`p` real,
	`relative` real,
	`reason` text,
	`ended_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `trend_confirmations_ended` ON `trend_confirmations` (`ended_at_ms`);