CREATE TABLE `facts` (
	`position` integer PRIMARY KEY,
	`at_ms` integer NOT NULL,
	`run` text NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `progress` ADD `applied` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `facts_run` ON `facts` (`run`,`position`);