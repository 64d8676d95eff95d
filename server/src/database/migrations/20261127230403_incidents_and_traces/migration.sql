CREATE TABLE `incidents` (
	`position` integer PRIMARY KEY,
	`at_ms` integer NOT NULL,
	`worker` text,
	`run` text,
	`incident` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `runs` ADD `trace_parent` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `traced` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `incidents_at` ON `incidents` (`at_ms`);