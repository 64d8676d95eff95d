ALTER TABLE `runs` ADD `trends_task` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `trends_case` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `trends_done` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `runs_trends` ON `runs` (`ended_at_ms`) WHERE status = 'ended' and trends_done = 0;