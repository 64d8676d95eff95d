CREATE TABLE `attempts` (
	`run` text NOT NULL,
	`task` integer NOT NULL,
	`attempt` integer NOT NULL,
	`worker` text NOT NULL,
	`fence` integer NOT NULL,
	`status` text NOT NULL,
	`leased_at_ms` integer NOT NULL,
	`ended_at_ms` integer,
	`duration_ms` real NOT NULL,
	`failure` text,
	`log_sha256` text,
	`log_bytes` integer,
	CONSTRAINT `attempts_pk` PRIMARY KEY(`run`, `task`, `attempt`)
);
--> statement-breakpoint
CREATE TABLE `cases` (
	`run` text NOT NULL,
	`task` integer NOT NULL,
	`attempt` integer NOT NULL,
	`number` integer NOT NULL,
	`status` text NOT NULL,
	`duration_ms` real NOT NULL,
	`result` text NOT NULL,
	CONSTRAINT `cases_pk` PRIMARY KEY(`run`, `task`, `attempt`, `number`)
);
--> statement-breakpoint
CREATE TABLE `notices` (
	`run` text NOT NULL,
	`code` text NOT NULL,
	`message` text NOT NULL,
	`at_ms` integer NOT NULL,
	CONSTRAINT `notices_pk` PRIMARY KEY(`run`, `code`, `message`)
);
--> statement-breakpoint
CREATE TABLE `progress` (
	`id` integer PRIMARY KEY,
	`position` integer NOT NULL,
	`fence` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY,
	`project` text NOT NULL,
	`run_key` text NOT NULL,
	`manifest_hash` text NOT NULL,
	`status` text NOT NULL,
	`verdict` text,
	`reason` text,
	`cancelled` integer NOT NULL,
	`context` text NOT NULL,
	`workspace` text NOT NULL,
	`suites` text NOT NULL,
	`options` text NOT NULL,
	`retries` integer NOT NULL,
	`submitted_at_ms` integer NOT NULL,
	`opened_at_ms` integer NOT NULL,
	`opened_position` integer NOT NULL,
	`ended_at_ms` integer,
	`ended_position` integer
);
--> statement-breakpoint
CREATE TABLE `tasks` (
	`run` text NOT NULL,
	`task` integer NOT NULL,
	`key` text NOT NULL,
	`suite` text NOT NULL,
	`kind` text NOT NULL,
	`file` text NOT NULL,
	`args` text NOT NULL,
	`requirements` text NOT NULL,
	`timeout_ms` integer,
	`hash` text NOT NULL,
	`bytes` integer NOT NULL,
	`status` text NOT NULL,
	`flaky` integer NOT NULL,
	`failed_before` integer NOT NULL,
	`failures` integer NOT NULL,
	`losses` integer NOT NULL,
	`attempt` integer NOT NULL,
	`cases` integer NOT NULL,
	`estimate_ms` real,
	`reason` text,
	CONSTRAINT `tasks_pk` PRIMARY KEY(`run`, `task`)
);
--> statement-breakpoint
CREATE TABLE `timings` (
	`project` text NOT NULL,
	`key` text NOT NULL,
	`hardware_class` text NOT NULL,
	`recent` text NOT NULL,
	`at_ms` integer NOT NULL,
	CONSTRAINT `timings_pk` PRIMARY KEY(`project`, `key`, `hardware_class`)
);
--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` text PRIMARY KEY,
	`name` text NOT NULL,
	`scope` text NOT NULL,
	`hash` text NOT NULL UNIQUE,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	`revoked` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `workers` (
	`id` text PRIMARY KEY,
	`name` text NOT NULL,
	`instance` text NOT NULL,
	`slots` integer NOT NULL,
	`capabilities` text NOT NULL,
	`version` text NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`registered_at_ms` integer NOT NULL,
	`gone_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `attempts_log` ON `attempts` (`log_sha256`) WHERE log_sha256 is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `runs_key` ON `runs` (`project`,`run_key`);--> statement-breakpoint
CREATE INDEX `runs_submitted` ON `runs` (`submitted_at_ms`);--> statement-breakpoint
CREATE INDEX `runs_status` ON `runs` (`status`,`ended_at_ms`);