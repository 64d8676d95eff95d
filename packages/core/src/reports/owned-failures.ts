import { faultChanges } from "./comparison-words.ts";
import { faultsOf } from "./faults.ts";
import type { RunReport } from "./run-report.ts";

export interface OwnedFailures {
  /** Undefined for what nobody owns. */
  readonly owner: string | undefined;
  readonly failures: number;
  /** Of these, how many are new against the base. */
  readonly newly: number;
  readonly files: readonly string[];
}

/** The failures of each owner, the most first; those of several owners count for each. Empty where no file that failed has an owner. */
export function failuresByOwner(report: RunReport): OwnedFailures[] {
  const changeOf = faultChanges(report);
  const owned = new Map<string | undefined, { failures: number; newly: number; files: Set<string> }>();
  for (const fault of faultsOf(report))
    for (const owner of fault.task.owners ?? [undefined]) {
      const sums = owned.get(owner) ?? { failures: 0, newly: 0, files: new Set<string>() };
      owned.set(owner, sums);
      sums.failures += 1;
      sums.newly += Number(changeOf(fault)?.kind === "newly_failing");
      sums.files.add(fault.task.file);
    }
  if ([...owned.keys()].every((owner) => owner === undefined)) return [];
  return [...owned]
    .map(([owner, { failures, newly, files }]) => ({ owner, failures, newly, files: [...files] }))
    .sort(
      (a, b) => Number(a.owner === undefined) - Number(b.owner === undefined) || b.newly - a.newly || b.failures - a.failures,
    );
}
