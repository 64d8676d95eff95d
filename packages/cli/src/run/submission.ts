import { randomBytes } from "node:crypto";
import {
  plural,
  priorities,
  type MatrixJob,
  type RunContext,
  type Submission,
  type SubmitResponse,
  type Timings,
  type Workspace,
} from "@shardwright/core";
import type { CiEnvironment } from "@shardwright/ci";
import type { Configuration } from "../config/resolve.ts";
import { settings } from "../config/settings.ts";
import type { Manifest } from "./discover.ts";
import { duration } from "../view/text.ts";

const mebibyte = 1024 * 1024;

/** What is submitted: the manifest, under the key that the user or the CI's pipeline gives it. */
export function describeRun(
  configuration: Configuration,
  { context, pipelineKey }: CiEnvironment,
  manifest: Manifest,
  workspace: Workspace,
  job?: MatrixJob,
): Submission {
  const { settings, quarantine } = configuration;
  return {
    project: settings.project,
    run_key: settings.runKey ?? keyFor(pipelineKey, settings.coordinator === undefined, manifest),
    context: withCheckName(
      settings.baseBranch === undefined ? context : { ...context, base_branch: settings.baseBranch },
      settings,
    ),
    workspace,
    ...(job && { job }),
    suites: manifest.suites,
    tasks: manifest.tasks,
    manifest_hash: manifest.hash,
    options: {
      max_retries: settings.maxRetries,
      recovery: settings.recoveryStrategies,
      ...(settings.dealing !== undefined && { dealing: settings.dealing }),
      retry_backoff_factor: settings.retryBackoffFactor,
      timeout_ms: Math.round(settings.timeout * 1000),
      task_timeout_ms: Math.round(settings.taskTimeout * 1000),
      task_timeout_multiplier: settings.taskTimeoutMultiplier,
      output_limit_bytes: 1024 * 1024,
      allow_empty: settings.allowEmpty,
      ...(settings.missingBrowser === "error" && { missing_browser: settings.missingBrowser }),
      ...(manifest.suites.some(({ artifacts }) => artifacts !== undefined) && {
        artifact_limits: {
          count: settings.artifactCount,
          file_bytes: Math.floor(settings.artifactSize * mebibyte),
          attempt_bytes: Math.floor(settings.artifactTotal * mebibyte),
        },
      }),
      speculation: settings.speculation,
      priority: priorityOf(settings.priority),
    },
    ...(quarantine.length > 0 && { quarantine: [...quarantine] }),
    ...(settings.quarantineFlaky !== undefined && { quarantine_flaky: settings.quarantineFlaky }),
  };
}

/** Where the coordinator itself writes the commit's check it has to know what that is called. */
function withCheckName(context: RunContext, { publishName }: Configuration["settings"]): RunContext {
  const isSaid = context.provider !== undefined && publishName !== settings.publishName.default;
  return isSaid ? { ...context, check_name: publishName } : context;
}

/** A priority by its name or number, as it is submitted. */
export function priorityOf(priority: keyof typeof priorities | number): number {
  return typeof priority === "number" ? priority : priorities[priority];
}

/**
 * The key of a run that was given none. On a fleet, a pipeline that runs again takes its run up, and two commands of one pipeline that
 * run different things have different runs. Alone, each command runs its tests: it cannot know whether something else has changed
 * since the last one, such as the database that the environment names.
 */
function keyFor(pipelineKey: string | undefined, isAlone: boolean, manifest: Manifest): string {
  const pipeline = pipelineKey?.slice(0, 224);
  if (pipeline === undefined || isAlone) return `${pipeline ?? "local"}-${randomBytes(8).toString("hex")}`;
  return `${pipeline}-${manifest.hash.slice(0, 16)}`;
}

/** Expected durations by task index, from whatever hardware has run them. */
export function estimatesFor({ durations_ms }: Pick<Timings, "durations_ms">, { tasks }: Submission): Map<number, number> {
  const estimates_ms = new Map<number, number>();
  for (const [index, { key, part }] of tasks.entries()) {
    const known_ms = part?.expected_ms ?? durations_ms[key];
    if (known_ms !== undefined) estimates_ms.set(index, known_ms);
  }
  return estimates_ms;
}

/** What the submission came to, for people. */
export function submissionSentence(submitted: SubmitResponse, manifest: Manifest): string {
  const files = `${plural(manifest.tasks.length, "test file")} in ${plural(manifest.suites.length, "suite")}`;
  switch (submitted.disposition) {
    case "created":
      return `Run ${submitted.run}: ${files}`;
    case "joined":
      return `Run ${submitted.run} is going on already: ${files}, ${submitted.pending} of them open`;
    case "reopened":
      return `Run ${submitted.run} is taken up again: ${submitted.pending} of ${files} run again`;
    case "finished":
      return `The tests of run ${submitted.run} have passed before with this manifest: nothing is run again`;
    case "ended":
      return `Run ${submitted.run} has ended without this job, which came too late to take part`;
  }
}

/** For how long the run waits for its first slot, and for whom; nothing where it need not wait, or where nobody can say. */
export function admissionSentence({ admission }: Pick<SubmitResponse, "admission">): string | undefined {
  const { runs_ahead = 0, wait_ms } = admission ?? {};
  if (wait_ms === undefined || wait_ms === 0) return undefined;
  const ahead = runs_ahead === 1 ? "1 run is ahead" : `${runs_ahead} runs are ahead`;
  return `${ahead}: the first test should start in about ${duration(Math.max(1000, 1000 * Math.round(wait_ms / 1000))).replace(".0 s", " s")}`;
}
