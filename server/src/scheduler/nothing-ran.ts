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

/**
 * Suites whose files all ran, and in none of them a test: a filter that matches nothing, say. To find no files is an error, too.
 * @returns their names; none where a run may be empty
 */
export function suitesWithoutTests(run: RunState): string[] {
  if (run.options.allow_empty) return [];
  const empty = new Map<string, boolean>();
  for (const { spec, status, current } of run.tasks) {
    const hasNone =
      status === "skipped" && current?.status === "skipped" && current.cases === 0 && current.resumption === undefined;
    empty.set(spec.suite, hasNone && empty.get(spec.suite) !== false);
  }
  return [...empty].flatMap(([suite, isEmpty]) => (isEmpty ? [suite] : []));
}
