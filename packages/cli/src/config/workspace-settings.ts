import { gitUrlSchema, workspacePathSchema } from "@shardwright/core";
import { z } from "zod";
import { list, type Setting, text } from "./setting.ts";

/** How workers come by the checkout. */
export const workspaceSettings = {
  workspace: {
    kind: "text",
    schema: z.enum(["dir", "bundle", "git"]),
    value: "<kind>",
    describe:
      "how workers get the files: dir (a path they share), bundle (an archive of this checkout), git (they check out its commit); default: dir on this machine, else bundle",
    commands: ["run"],
  },
  setup: {
    kind: "text",
    schema: text,
    value: "<command>",
    describe: "what workers run once in a fresh checkout, such as `npm ci`; again only when a lock file differs",
    commands: ["run", "trends-bisect"],
  },
  setupLockFile: {
    kind: "list",
    schema: list(workspacePathSchema),
    value: "<path...>",
    describe: "files that decide what --setup installs (default: the usual lock files found here)",
    commands: ["run", "trends-bisect"],
  },
  setupTimeout: {
    kind: "number",
    schema: z.number().positive().max(7200),
    value: "<seconds>",
    describe: "deadline for --setup",
    default: 900,
    commands: ["run", "trends-bisect"],
  },
  gitUrl: {
    kind: "text",
    schema: gitUrlSchema,
    value: "<url>",
    describe: "for --workspace git: where workers find the repository (default: the address of origin)",
    commands: ["run", "trends-bisect"],
  },
  bundleExclude: {
    kind: "list",
    schema: list(workspacePathSchema),
    value: "<path...>",
    describe: "folders and files to leave out of a bundle, besides those that git ignores",
    commands: ["run"],
  },
  bundleLimit: {
    kind: "number",
    schema: z.number().positive().max(16_384),
    value: "<MiB>",
    describe: "largest bundle, compressed",
    default: 2048,
    commands: ["run"],
  },
} as const satisfies Record<string, Setting>;
