import { artifactCountLimit, artifactGlobSchema, artifactLimit_bytes, defaultArtifactLimits } from "@shardwright/core";
import { z } from "zod";
import { list, type Setting } from "./setting.ts";

const mebibyte = 1024 * 1024;

/** Which files are kept of each attempt. */
export const artifactSettings = {
  artifacts: {
    kind: "list",
    schema: list(artifactGlobSchema),
    value: "<glob...>",
    describe:
      "files to keep of what each attempt creates or changes, relative to the suite's folder; tests also get a folder for them in SHARDWRIGHT_ARTIFACTS_DIR",
    commands: ["run", "worker"],
  },
  artifactCount: {
    kind: "number",
    schema: z.int().min(1).max(artifactCountLimit),
    value: "<n>",
    describe: "artifacts kept of one attempt",
    default: defaultArtifactLimits.count,
    commands: ["run", "worker"],
  },
  artifactSize: {
    kind: "number",
    schema: z
      .number()
      .positive()
      .max(artifactLimit_bytes / mebibyte),
    value: "<MiB>",
    describe: "largest artifact kept",
    default: defaultArtifactLimits.file_bytes / mebibyte,
    commands: ["run", "worker"],
  },
  artifactTotal: {
    kind: "number",
    schema: z.number().positive().max(16_384),
    value: "<MiB>",
    describe: "room for the artifacts of one attempt",
    default: defaultArtifactLimits.attempt_bytes / mebibyte,
    commands: ["run", "worker"],
  },
  artifactDownloads: {
    kind: "text",
    schema: z.enum(["all", "failed", "none"]),
    value: "<which>",
    describe: "whose artifacts to put beside the reports at the end: all, those of attempts that did not pass (failed), none",
    default: "failed",
    commands: ["run", "worker"],
  },
} as const satisfies Record<string, Setting>;
