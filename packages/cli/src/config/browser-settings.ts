import { z } from "zod";
import type { Setting } from "./setting.ts";

/** What a machine's pool of browsers may use. */
export const browserSettings = {
  browserPoolSize: {
    kind: "number",
    schema: z.int().min(1).max(64),
    value: "<n>",
    describe: "browsers that run at a time on this machine for browser tests (default: one for each processor, 2 to 8)",
    commands: ["run", "worker"],
  },
  browserContexts: {
    kind: "number",
    schema: z.int().min(1).max(32),
    value: "<n>",
    describe: "tests that share one browser at a time, each in a context of its own (default: two for each processor, 4 to 8)",
    commands: ["run", "worker"],
  },
  browserGpuContexts: {
    kind: "number",
    schema: z.int().min(1).max(4),
    value: "<n>",
    describe: "how many of these may use the GPU (default: 1)",
    commands: ["run", "worker"],
  },
  browserTasks: {
    kind: "number",
    schema: z.int().min(1).max(1_000_000),
    value: "<n>",
    describe: "tests after which another browser takes its place (default: 200)",
    commands: ["run", "worker"],
  },
  browserMemory: {
    kind: "number",
    schema: z.int().min(64).max(16_777_216),
    value: "<MiB>",
    describe: "memory of all these browsers together (default: half of the machine's)",
    commands: ["run", "worker"],
  },
} as const satisfies Record<string, Setting>;
