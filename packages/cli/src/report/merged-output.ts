import { neutraliseCommands } from "@shardwright/ci";
import { accountSentence, comparisonSentence, reasonOf, ShardwrightError, type RunReport } from "@shardwright/core";
import type { CommandContext } from "../command-line.ts";
import { unwrittenReport } from "../run/reporters.ts";
import { chooseColors, paintVerdict, printable } from "../view/text.ts";

/** Files that an error lists. */
const namedAtMost = 10;

/** @throws ShardwrightError `usage` where the files are not as many as the user says */
export function requireCount(paths: readonly string[], expected: string): void {
  const count = Number(expected);
  if (!Number.isInteger(count) || count < 1)
    throw new ShardwrightError("usage", {
      problem: `--expect is a whole number from 1, not ${expected}.`,
      remedy: "Give the number of shards.",
    });
  if (paths.length === count) return;
  const named = paths.slice(0, namedAtMost).join(", ") + (paths.length > namedAtMost ? " …" : "");
  throw new ShardwrightError("usage", {
    problem: `--expect says ${count}, and the files are ${paths.length}: ${named}.`,
    remedy: "Look for the job whose report is missing, or is there twice: without it nothing can be said of all tests.",
  });
}

/** What is said of a report that was made of files, for people. @param provider name of the CI system whose log it goes to */
export function summaryOf(
  report: RunReport,
  count: number,
  reports: readonly string[],
  { stdout, environment }: Pick<CommandContext, "stdout" | "environment">,
  provider: string,
): string {
  const colors = chooseColors(stdout.isTTY, environment);
  const account = accountSentence(report.account);
  const lines = [
    `${paintVerdict(report.verdict, colors)} ${printable(report.reason)}`,
    `  from   ${count} ${count === 1 ? "file" : "files"}`,
    ...(report.reason === account ? [] : [`  files  ${account}`]),
    ...(report.comparison === undefined
      ? []
      : [`  base   ${printable(comparisonSentence(report.comparison).replace(/^Compared with /, ""))}`]),
    ...report.notices.map((notice) => `  notice ${printable(notice.message)}`),
    `  report ${reports.join("\n         ")}`,
  ];
  return neutraliseCommands(provider, `${lines.join("\n")}\n`);
}

/** Runs what writes. @throws ShardwrightError `report-unwritable` when the disk is full, else `usage` that names the path */
export function written<T>(path: string, flag: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof ShardwrightError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") throw unwrittenReport(error);
    const problem = `${path} cannot be written: ${reasonOf(error)}`;
    throw new ShardwrightError(
      "usage",
      { problem, remedy: `Name a place you may write to with ${flag}, on a disk with room.` },
      { cause: error },
    );
  }
}
