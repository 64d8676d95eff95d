ALTER TABLE `attempts` ADD `recovery` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `recovery` text;