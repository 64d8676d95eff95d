CREATE INDEX `runs_branch` ON `runs` (json_extract("context", '$.branch'),`submitted_at_ms`);--> statement-breakpoint
CREATE INDEX `runs_provider` ON `runs` (json_extract("context", '$.provider'),`submitted_at_ms`);--> statement-breakpoint
CREATE INDEX `runs_actor` ON `runs` (json_extract("context", '$.actor'),`submitted_at_ms`);