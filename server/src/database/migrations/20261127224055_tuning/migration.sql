CREATE TABLE `tuning` (
	`parameter` text PRIMARY KEY,
	`change` text NOT NULL,
	`at_ms` integer NOT NULL
);
