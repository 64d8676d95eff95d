import { createHash } from "node:crypto";
import { type Capabilities, type Submission, manifestText, submissionSchema } from "@shardwright/core";
import type { World } from "./world.ts";

/** What a world's suites are submitted as, with a run's default options. */
export function submissionOf({ files, startUps_ms }: World): Submission {
  const suites = [...startUps_ms.keys()].map((name) => ({ name, runner: "vitest", directory: ".", options: {} }));
  const tasks = files.map(({ key, suite, bytes }) => ({
    key,
    suite,
    kind: "file" as const,
    file: key.replace(":", "/"),
    args: [],
    requirements: {},
    hash: "0".repeat(64),
    bytes,
  }));
  const { tasks: known } = submissionSchema.pick({ tasks: true }).parse({ tasks });
  return submissionSchema.parse({
    run_key: "simulated",
    workspace: { kind: "git", url: "https://example.com/repository.git", commit: "0".repeat(40), directory: "." },
    suites,
    tasks,
    manifest_hash: createHash("sha256")
      .update(manifestText({ tasks: known, suites }))
      .digest("hex"),
  });
}

/** What a simulated machine says of itself. */
export function capabilitiesOf(cpus: number): Capabilities {
  return { os: "linux", arch: "x64", cpu: cpus, memory_mib: 16_384, tags: [], details: {} };
}
