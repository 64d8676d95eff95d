import type { FailureKind, RunContext, TaskStatus, Verdict } from "@shardwright/core";
import type { SpanValue } from "./span.ts";

/**
 * Values of OpenTelemetry's semantic conventions 1.45 for CI/CD, tests and version control:
 * https://opentelemetry.io/docs/specs/semconv/cicd/cicd-spans/, https://opentelemetry.io/docs/specs/semconv/registry/attributes/test/.
 */
type Result = "success" | "failure" | "error" | "timeout" | "cancellation" | "skip";

export const verdictResults = {
  passed: "success",
  failed: "failure",
  errored: "error",
  incomplete: "error",
  cancelled: "cancellation",
} as const satisfies Record<Verdict, Result>;

export const taskResults = {
  passed: "success",
  failed: "failure",
  errored: "error",
  skipped: "skip",
  cancelled: "cancellation",
  incomplete: "error",
  pending: "error",
  leased: "error",
} as const satisfies Record<TaskStatus, Result>;

/** A failure that is a time limit's has a result of its own. */
export function resultOf(result: Result, kind: FailureKind | undefined): Result {
  return kind === "test-timeout" && (result === "failure" || result === "error") ? "timeout" : result;
}

/** The same as the status of a suite: the conventions for tests have other words. */
export function suiteStatus(result: Result): string {
  const words = { error: "failure", timeout: "timed_out", cancellation: "aborted", skip: "skipped" } as const;
  return result === "success" || result === "failure" ? result : words[result];
}

const vcsProviders = new Map([
  ["github", "github"],
  ["gitlab", "gitlab"],
  ["bitbucket", "bitbucket"],
  ["gitea", "gitea"],
]);

/** What the CI system told of the run. */
export function contextAttributes(context: RunContext): Record<string, SpanValue> {
  const { commit, branch, pull_request, build_url, provider } = context;
  const vcs = vcsProviders.get((provider ?? "").toLowerCase().split(/[^a-z]/)[0] ?? "");
  return {
    ...(build_url !== undefined && { "cicd.pipeline.run.url.full": build_url }),
    ...(commit !== undefined && { "vcs.ref.head.revision": commit }),
    ...(branch !== undefined && { "vcs.ref.head.name": branch, "vcs.ref.head.type": "branch" }),
    ...(pull_request !== undefined && { "vcs.change.id": pull_request }),
    ...(vcs !== undefined && { "vcs.provider.name": vcs }),
  };
}
