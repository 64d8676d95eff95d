CREATE TABLE `failed_cases` (
	`run` text NOT NULL,
	`task` integer NOT NULL,
	`attempt` integer NOT NULL,
	`case_key` text NOT NULL,
	`project` text NOT NULL,
	`file_key` text NOT NULL,
	`at_ms` integer NOT NULL,
	CONSTRAINT `failed_cases_pk` PRIMARY KEY(`run`, `task`, `attempt`, `case_key`)
);
--> statement-breakpoint
CREATE TABLE `quarantine` (
	`project` text NOT NULL,
	`test` text NOT NULL,
	`owner` text NOT NULL,
	`reason` text NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`since_ms` integer NOT NULL,
	CONSTRAINT `quarantine_pk` PRIMARY KEY(`project`, `test`)
);
--> statement-breakpoint
ALTER TABLE `runs` ADD `quarantine` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `quarantined` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `repeat` text;--> statement-breakpoint
CREATE INDEX `failed_cases_case` ON `failed_cases` (`project`,`file_key`,`case_key`);