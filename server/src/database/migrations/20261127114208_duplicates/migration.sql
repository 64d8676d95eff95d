ALTER TABLE `attempts` ADD `duplicate` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `side_effects` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `current` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `attempts_worker` ON `attempts` (`worker`,`ended_at_ms`);--> statement-breakpoint
UPDATE `tasks` SET `current` = `attempt`;