ALTER TABLE `tasks` ADD `part` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `file_key` text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_file` ON `tasks` (`file_key`);--> statement-breakpoint
UPDATE `tasks` SET `file_key` = `key`;