/** A task that took so many workers, or browsers, down with it is not given to another one. */
export const lossLimit = 3;

/** Retries that a run may spend in all, as a share of its tasks, where nothing else is said. */
export const retryShare = 0.2;

/** How many retries a run may spend in all: broken code fails everywhere, and must not be run four times over to say so. */
export function retryBudget(tasks: number, share = retryShare): number {
  // A share such as a fifth has no exact form, and must not cost a retry.
  return Math.max(10, Math.floor(tasks * share + 1e-9));
}

export interface FailureCase {
  /** Failed or errored attempts of the task since the run was opened, this one included. */
  readonly failures: number;
  readonly max_retries: number;
  /** Retries the run has spent so far, on all tasks. */
  readonly spent: number;
  /** Tasks in the run's manifest. */
  readonly tasks: number;
  /** Retries that it may spend, as a share of these. */
  readonly share?: number | undefined;
}

/** What becomes of a task after an attempt that did not pass: run again, final, or final because the run's budget is spent. */
export function afterFailure({ failures, max_retries, spent, tasks, share }: FailureCase): "retry" | "final" | "budget-spent" {
  if (failures > max_retries) return "final";
  return spent < retryBudget(tasks, share) ? "retry" : "budget-spent";
}
