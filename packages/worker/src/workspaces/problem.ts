import { reasonOf, ShardwrightError, type FailureKind } from "@shardwright/core";

/** Why there is no workspace to run tests in, in words for the test's author. */
export class WorkspaceProblem extends Error {
  readonly kind: Extract<FailureKind, "setup-error" | "infrastructure">;

  constructor(kind: WorkspaceProblem["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Errors of a machine that has no room or may not write; another worker may well be able to. */
const ofThisMachine = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ENFILE", "EIO"]);

/** Anything that was thrown on the way to a workspace. */
export function problemFrom(error: unknown, what: string): WorkspaceProblem {
  if (error instanceof WorkspaceProblem) return error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const cause = (error as { cause?: NodeJS.ErrnoException }).cause?.code ?? "";
  const passing = ofThisMachine.has(code) || ofThisMachine.has(cause) || (error instanceof ShardwrightError && error.retryable);
  const hint = error instanceof ShardwrightError ? ` ${error.hint}` : "";
  return new WorkspaceProblem(passing ? "infrastructure" : "setup-error", `${what}: ${reasonOf(error)}${hint}`, { cause: error });
}
