CREATE TABLE `audit` (
	`position` integer PRIMARY KEY,
	`id` text NOT NULL UNIQUE,
	`at_ms` integer NOT NULL,
	`name` text NOT NULL,
	`actor` text NOT NULL,
	`route` text NOT NULL,
	`object` text NOT NULL,
	`project` text,
	`outcome` text NOT NULL,
	`code` text
);
--> statement-breakpoint
ALTER TABLE `runs` ADD `account` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `cases` integer;--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`at_ms`);--> statement-breakpoint
CREATE INDEX `runs_project` ON `runs` (`project`,`submitted_at_ms`);