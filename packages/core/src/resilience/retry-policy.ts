/** A task that took so many workers down with it is not given to another one. */
export const lossLimit = 3;

/** How many retries a run may spend in all: broken code fails everywhere, and must not be run four times over to say so. */
export function retryBudget(tasks: number): number {
  return Math.max(10, Math.floor(tasks / 5));
}

export interface FailureCase {
  /** Failed or errored attempts of the task since the run was opened, this one included. */
  readonly failures: number;
  readonly max_retries: number;
  /** Retries the run has spent so far, on all tasks. */
  readonly spent: number;
  /** Tasks in the run's manifest. */
  readonly tasks: number;
}

/** What becomes of a task after an attempt that did not pass: run again, final, or final because the run's budget is spent. */
export function afterFailure({ failures, max_retries, spent, tasks }: FailureCase): "retry" | "final" | "budget-spent" {
  if (failures > max_retries) return "final";
  return spent < retryBudget(tasks) ? "retry" : "budget-spent";
}
