import { channelNames } from "@shardwright/ci";
import { nameSchema } from "@shardwright/core";
import { z } from "zod";
import { list, type Setting, text } from "./setting.ts";

/** What the CI system is told. */
export const ciSettings = {
  provider: {
    kind: "text",
    schema: nameSchema,
    value: "<name>",
    describe: "the CI system this runs in, by its name (default: found out from the environment)",
    commands: ["run", "worker", "report"],
  },
  publish: {
    kind: "list",
    schema: list(z.enum(["none", ...channelNames], { error: `use none, or some of ${channelNames.join(", ")}` })),
    value: "<place...>",
    describe: `where in the CI system results are shown: ${channelNames.join(", ")}, or none (default: wherever this job may write)`,
    commands: ["run", "worker", "report"],
  },
  publishName: {
    kind: "text",
    schema: z.string().min(1).max(100),
    value: "<name>",
    describe: "what the check, status or comment is called; two runs of one commit need two names",
    default: "Shardwright",
    commands: ["run", "worker", "report"],
  },
  ciToken: {
    kind: "text",
    schema: text,
    value: "<token>",
    describe:
      "token for the CI system's own API (better given as SHARDWRIGHT_CI_TOKEN; default: the job's own, where it has one)",
    commands: ["run", "worker", "report"],
  },
} as const satisfies Record<string, Setting>;
