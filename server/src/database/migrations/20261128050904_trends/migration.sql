CREATE TABLE `trend_points` (
	`series` integer NOT NULL,
	`source` integer NOT NULL,
	`value` real NOT NULL,
	`count` integer NOT NULL,
	`spread` real,
	`replicates` text,
	`mark` text,
	`rolled` integer NOT NULL,
	CONSTRAINT `trend_points_pk` PRIMARY KEY(`series`, `source`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `trend_series` (
	`id` integer PRIMARY KEY,
	`project` text NOT NULL,
	`test` text NOT NULL,
	`case_name` text NOT NULL,
	`name` text NOT NULL,
	`unit` text NOT NULL,
	`dimensions` text NOT NULL,
	`hardware_class` text NOT NULL,
	`better` text NOT NULL,
	`rows` integer NOT NULL,
	`roll_at` integer NOT NULL,
	`last_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `trend_sources` (
	`id` integer PRIMARY KEY,
	`at_ms` integer NOT NULL,
	`commit` text,
	`branch` text,
	`proposed` integer NOT NULL,
	`run` text,
	`machine` text,
	`upload` integer,
	`dropped` integer NOT NULL,
	`points` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `trend_uploads` (
	`id` integer PRIMARY KEY,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`state` text NOT NULL,
	`parts` integer NOT NULL,
	`points` integer NOT NULL,
	`duplicates` integer NOT NULL,
	`left_out` integer NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `attempts` ADD `metrics` text;--> statement-breakpoint
CREATE UNIQUE INDEX `trend_series_key` ON `trend_series` (`project`,`test`,`case_name`,`name`,`unit`,`dimensions`,`hardware_class`);--> statement-breakpoint
CREATE INDEX `trend_series_last` ON `trend_series` (`last_at_ms`);--> statement-breakpoint
CREATE INDEX `trend_sources_run` ON `trend_sources` (`run`) WHERE run is not null;--> statement-breakpoint
CREATE INDEX `trend_sources_upload` ON `trend_sources` (`upload`,`at_ms`) WHERE upload is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `trend_uploads_name` ON `trend_uploads` (`project`,`name`);--> statement-breakpoint
CREATE INDEX `trend_uploads_state` ON `trend_uploads` (`state`,`at_ms`);