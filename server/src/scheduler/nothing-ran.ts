import type { RunState } from "./run-state.ts";

/** Whether a run has tasks, and all that can be said of them is that nobody offers their browser: that is no green run. */
export function ranNothing(run: RunState): boolean {
  return (
    run.tasks.length > 0 &&
    run.tasks.every(
      ({ spec, status, current }) => spec.browser !== undefined && status === "skipped" && current?.status !== "skipped",
    )
  );
}
