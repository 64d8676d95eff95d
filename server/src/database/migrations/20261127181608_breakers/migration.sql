CREATE TABLE `breakers` (
	`scope` text NOT NULL,
	`name` text NOT NULL,
	`breaker` text NOT NULL,
	`at_ms` integer NOT NULL,
	CONSTRAINT `breakers_pk` PRIMARY KEY(`scope`, `name`)
);
