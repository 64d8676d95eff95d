import { finalAttempts, plural, type ReportAttempt, type RunReport } from "@shardwright/core";
import { nameSome } from "../view/text.ts";

/**
 * What is lacking of what the attempts of a suite are to leave, for a report that looks whole and is not would be believed.
 * @param has whether an attempt's is here
 * @returns undefined where nothing is
 */
export function missedParts(
  report: RunReport,
  suite: string,
  has: (task: RunReport["tasks"][number], attempt: ReportAttempt) => boolean,
): string | undefined {
  const tasks = report.tasks.filter((task) => task.suite === suite);
  const files = tasks.filter((task) => {
    const final = finalAttempts(task);
    return final.length === 0 || !final.every((attempt) => has(task, attempt));
  });
  const lost = tasks.flatMap(finalAttempts).reduce((sum, { resumed }) => sum + (resumed?.cases ?? 0), 0);
  const lacking = [
    ...(files.length > 0
      ? [`${plural(files.length, "file")} or parts of them, of which none is here (${nameSome(files.map(({ key }) => key))})`]
      : []),
    ...(lost > 0 ? [`${plural(lost, "case")} that ran in attempts which did not come to their end`] : []),
  ];
  return lacking.length === 0 ? undefined : lacking.join(", and ");
}
