ALTER TABLE `runs` ADD `coverage` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `tests_reason` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `judged_at_ms` integer;--> statement-breakpoint
CREATE INDEX `runs_awaited` ON `runs` (`ended_at_ms`) WHERE coverage = 'awaited';