CREATE TABLE `failure_groups` (
	`project` text NOT NULL,
	`fingerprint` text NOT NULL,
	`kind` text NOT NULL,
	`title` text NOT NULL,
	`frame` text,
	`first_run` text NOT NULL,
	`first_run_key` text NOT NULL,
	`first_commit` text,
	`first_at_ms` integer NOT NULL,
	`last_run` text NOT NULL,
	`last_run_key` text NOT NULL,
	`last_commit` text,
	`last_at_ms` integer NOT NULL,
	CONSTRAINT `failure_groups_pk` PRIMARY KEY(`project`, `fingerprint`)
);
--> statement-breakpoint
CREATE TABLE `failures` (
	`run` text NOT NULL,
	`task` integer NOT NULL,
	`attempt` integer NOT NULL,
	`fingerprint` text NOT NULL,
	`project` text NOT NULL,
	`cases` integer NOT NULL,
	CONSTRAINT `failures_pk` PRIMARY KEY(`run`, `task`, `attempt`, `fingerprint`)
);
--> statement-breakpoint
CREATE INDEX `failure_groups_last` ON `failure_groups` (`project`,`last_at_ms`);--> statement-breakpoint
CREATE INDEX `failures_fingerprint` ON `failures` (`project`,`fingerprint`,`run`);