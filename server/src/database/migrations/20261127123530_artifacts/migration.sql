CREATE TABLE `artifacts` (
	`run` text NOT NULL,
	`task` integer NOT NULL,
	`attempt` integer NOT NULL,
	`number` integer NOT NULL,
	`name` text NOT NULL,
	`sha256` text NOT NULL,
	`bytes` integer NOT NULL,
	`shared` integer NOT NULL,
	CONSTRAINT `artifacts_pk` PRIMARY KEY(`run`, `task`, `attempt`, `number`)
);
--> statement-breakpoint
CREATE INDEX `artifacts_sha256` ON `artifacts` (`sha256`);