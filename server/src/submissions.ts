import { createHash, randomBytes } from "node:crypto";
import {
  type CreateTaskRequest,
  type Submission,
  type Suite,
  type Task,
  ShardwrightError,
  brokenFiles,
  duplicateKeys,
  manifestText,
  submissionSchema,
  taskTypeToKind,
} from "@shardwright/core";

const named = 5;
/** How long a single task may wait for a worker, beside what it may take. */
const patience_ms = 3_600_000;

/**
 * Checks what the schema cannot: that the manifest is what its hash says, names each task once, and each task's suite exists.
 * @throws ShardwrightError `bad-request`, `empty-manifest`, `manifest-mismatch`
 */
export function refuseBadSubmission({ tasks, suites, options, manifest_hash }: Submission): void {
  if (tasks.length === 0 && !options.allow_empty) throw new ShardwrightError("empty-manifest");
  const names = new Set(suites.map(({ name }) => name));
  if (names.size < suites.length) throw new ShardwrightError("bad-request", { problems: "suites: two suites have one name" });
  const strays = tasks.filter(({ suite }) => !names.has(suite)).map(({ key }) => key);
  refuseNamed(strays, "belong to no suite of the run");
  refuseNamed(duplicateKeys(tasks), "are there more than once");
  refuseNamed(brokenFiles(tasks), "are not made up of all their parts");
  const actual = sha256(manifestText({ tasks, suites }));
  if (actual !== manifest_hash) throw new ShardwrightError("manifest-mismatch", { actual, declared: manifest_hash });
}

/**
 * A single task as a run of its own.
 * @throws ShardwrightError `bad-request`
 */
export function submissionFor(request: CreateTaskRequest): Submission {
  const { project, type, name, runner, file, args, requirements, timeout_ms, workspace, priority, options } = request;
  const task: Task = {
    key: `${name}:${file}`,
    suite: name,
    kind: taskTypeToKind[type],
    file,
    args,
    requirements,
    // The coordinator does not see the file: what was asked for stands for its content.
    hash: sha256(JSON.stringify([runner, file, args, options])),
    bytes: 0,
    // What a command does is unknown: it is not done twice at the same time unless that is said to be harmless.
    side_effects: request.side_effects ?? type === "command",
    ...(timeout_ms === undefined ? {} : { timeout_ms }),
  };
  const suites: Suite[] = [{ name, runner, directory: ".", options, selection: "task" }];
  const submission = submissionSchema.safeParse({
    project,
    run_key: request.run_key ?? `task-${randomBytes(8).toString("hex")}`,
    workspace,
    suites,
    tasks: [task],
    // The run's own deadline must not come before the task's: it also counts the wait for a worker.
    options: {
      ...(timeout_ms !== undefined && { timeout_ms: timeout_ms + patience_ms }),
      ...(priority !== undefined && { priority }),
    },
    manifest_hash: sha256(manifestText({ tasks: [task], suites })),
  });
  if (submission.success) return submission.data;
  throw new ShardwrightError("bad-request", { problems: submission.error.issues.map(({ message }) => message).join("; ") });
}

function refuseNamed(keys: readonly string[], what: string): void {
  if (keys.length === 0) return;
  const more = keys.length > named ? ` and ${keys.length - named} more` : "";
  throw new ShardwrightError("bad-request", { problems: `tasks: ${keys.slice(0, named).join(", ")}${more} ${what}` });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
