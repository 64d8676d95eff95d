CREATE TABLE `trend_alert_series` (
	`alert` text NOT NULL,
	`series` integer NOT NULL,
	`size` real NOT NULL,
	`change` text NOT NULL,
	CONSTRAINT `trend_alert_series_pk` PRIMARY KEY(`alert`, `series`)
);
--> statement-breakpoint
CREATE TABLE `trend_alerts` (
	`id` text PRIMARY KEY,
	`project` text NOT NULL,
	`branch` text NOT NULL,
	`state` text NOT NULL,
	`judgement` text NOT NULL,
	`infrastructure` integer NOT NULL,
	`commits` text NOT NULL,
	`last_good` text,
	`position` integer NOT NULL,
	`opened_at_ms` integer NOT NULL,
	`changed_at_ms` integer NOT NULL,
	`by` text,
	`note` text,
	`recovered_at_ms` integer,
	`told_at_ms` integer,
	`told_recovery_at_ms` integer
);
--> statement-breakpoint
CREATE TABLE `trend_commits` (
	`id` integer PRIMARY KEY,
	`project` text NOT NULL,
	`branch` text NOT NULL,
	`commit` text NOT NULL,
	`first_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `trend_judged` (
	`id` integer PRIMARY KEY,
	`until` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `trend_series` ADD `position` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `trend_alert_series_series` ON `trend_alert_series` (`series`);--> statement-breakpoint
CREATE INDEX `trend_alert_series_size` ON `trend_alert_series` (`alert`,`size`);--> statement-breakpoint
CREATE INDEX `trend_alerts_project` ON `trend_alerts` (`project`,`position`);--> statement-breakpoint
CREATE INDEX `trend_alerts_state` ON `trend_alerts` (`state`,`changed_at_ms`);--> statement-breakpoint
CREATE UNIQUE INDEX `trend_commits_key` ON `trend_commits` (`project`,`branch`,`commit`);--> statement-breakpoint
CREATE INDEX `trend_commits_first` ON `trend_commits` (`project`,`branch`,`first_ms`);--> statement-breakpoint
CREATE INDEX `trend_series_position` ON `trend_series` (`position`);