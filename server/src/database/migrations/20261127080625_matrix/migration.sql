ALTER TABLE `runs` ADD `jobs` text;--> statement-breakpoint
ALTER TABLE `workers` ADD `run` text;