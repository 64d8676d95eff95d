ALTER TABLE `tokens` ADD `project` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `exchanged` integer DEFAULT false NOT NULL;