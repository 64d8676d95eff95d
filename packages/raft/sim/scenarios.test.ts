import { test } from "vitest";
import { scenarios } from "./scenarios.ts";

for (const [name, play] of scenarios) test(name, play);
