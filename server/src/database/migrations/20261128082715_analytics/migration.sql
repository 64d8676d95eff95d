CREATE TABLE `failure_days` (
	`project` text NOT NULL,
	`day` integer NOT NULL,
	`fingerprint` text NOT NULL,
	`kind` text NOT NULL,
	`title` text NOT NULL,
	`runs` integer NOT NULL,
	`cases` integer NOT NULL,
	CONSTRAINT `failure_days_pk` PRIMARY KEY(`project`, `day`, `fingerprint`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `file_days` (
	`project` text NOT NULL,
	`day` integer NOT NULL,
	`test` text NOT NULL,
	`runs` integer NOT NULL,
	`total_ms` real NOT NULL,
	`cases_ms` real NOT NULL,
	`retry_ms` real NOT NULL,
	`failed` integer NOT NULL,
	`flaky` integer NOT NULL,
	CONSTRAINT `file_days_pk` PRIMARY KEY(`project`, `day`, `test`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `run_figures` (
	`run` text NOT NULL,
	`opened_at_ms` integer NOT NULL,
	`project` text NOT NULL,
	`day` integer NOT NULL,
	`ended_at_ms` integer NOT NULL,
	`passed` integer NOT NULL,
	`first_lease_ms` integer,
	`serial_ms` real NOT NULL,
	`cases_ms` real NOT NULL,
	`retry_ms` real NOT NULL,
	`retries` integer NOT NULL,
	CONSTRAINT `run_figures_pk` PRIMARY KEY(`run`, `opened_at_ms`)
);
--> statement-breakpoint
CREATE TABLE `worker_spans` (
	`worker` text PRIMARY KEY,
	`hardware_class` text NOT NULL,
	`labels` text NOT NULL,
	`slots` integer NOT NULL,
	`begin_ms` integer NOT NULL,
	`end_ms` integer
);
--> statement-breakpoint
CREATE TABLE `worker_use` (
	`day` integer NOT NULL,
	`worker` text NOT NULL,
	`project` text NOT NULL,
	`busy_ms` real NOT NULL,
	CONSTRAINT `worker_use_pk` PRIMARY KEY(`day`, `worker`, `project`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `failure_days_kept` ON `failure_days` (`day`);--> statement-breakpoint
CREATE INDEX `file_days_kept` ON `file_days` (`day`);--> statement-breakpoint
CREATE INDEX `run_figures_day` ON `run_figures` (`project`,`day`);--> statement-breakpoint
CREATE INDEX `run_figures_kept` ON `run_figures` (`day`);--> statement-breakpoint
CREATE INDEX `worker_spans_end` ON `worker_spans` (`end_ms`);