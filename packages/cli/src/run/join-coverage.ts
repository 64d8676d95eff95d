import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@shardwright/client";
import { isCovered, reasonOf, ShardwrightError, type ReportAttempt, type RunReport, type Suite } from "@shardwright/core";
import { coveragePartFile, coveragePartFolder, lastPartsOf, type Runner } from "@shardwright/runners";
import { printable } from "../view/text.ts";
import { forgetLastParts, takeLastParts } from "./last-parts.ts";
import { missedParts } from "./missed-parts.ts";
import { withNotices } from "./notices.ts";

export interface JoinRequest {
  /** Absolute path of the checkout that the run is of. */
  readonly workspace: string;
  /** Of the manifest: as they ran, with all their options. */
  readonly suites: readonly Suite[];
  readonly runners: ReadonlyMap<string, Runner>;
  /** In which the frameworks make their reports. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Nobody else joins the run's coverage, as its coordinator is known to nobody else. Only then does what sessions covered at their end count,
   * which is in this checkout alone: else the verdict would be another one elsewhere.
   */
  readonly isAlone: boolean;
  /** Only a part of the tests ran here. */
  readonly isPart: boolean;
  /** Shows what frameworks print. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

type Told = { readonly verdict: RunReport["verdict"]; readonly words: string };

const parallel = 4;
/** Tests of which it is known what they have covered. */
const isTold: ReadonlySet<string> = new Set(["passed", "failed", "skipped"] satisfies RunReport["tasks"][number]["status"][]);
const partName = `${coveragePartFolder}/${coveragePartFile}`;

/**
 * Has the frameworks report what the run covered, in those suites where it was measured, and hold it against their thresholds: a run whose
 * tests have passed fails where the framework's own would.
 * @returns the report, without what attempts left for this
 */
export async function withCoverage(client: Pick<Client, "getBlob">, report: RunReport, request: JoinRequest): Promise<RunReport> {
  const covered = request.suites.filter(
    (suite) => isCovered(suite) && request.runners.get(suite.runner)?.joinCoverage !== undefined,
  );
  if (covered.length === 0) return report;
  let judged = withoutParts(report, new Set(covered.map(({ name }) => name)));
  if (report.verdict === "cancelled") return judged;
  for (const suite of covered) {
    const { notices = [], told = [] } = await joinSuite(client, report, suite, request);
    judged = withNotices(judged, "coverage", [...notices, ...told.map(({ words }) => words)]);
    const [first] = told;
    if (first === undefined || judged.verdict !== "passed") continue;
    const others = told.length === 1 ? "" : `, and ${told.length - 1} more`;
    judged = { ...judged, verdict: first.verdict, reason: `${first.words}${others}` };
  }
  await forgetLastParts(request.workspace, report.run.id);
  return judged;
}

/** What is to be said of a suite's coverage, and what the run comes to for it if its tests have passed. */
interface Joined {
  readonly notices?: readonly string[];
  readonly told?: readonly Told[];
}

async function joinSuite(
  client: Pick<Client, "getBlob">,
  report: RunReport,
  suite: Suite,
  { workspace, runners, environment, isAlone, isPart, say, signal }: JoinRequest,
): Promise<Joined> {
  const { name } = suite;
  const unjoined = (why: string) => ({ notices: [`The coverage of the suite ${name} is not joined: ${why}.`] });
  const stopped = (): Joined => ({
    told: [{ verdict: "cancelled", words: `Stopped before the coverage of ${name} was joined` }],
  });
  const tasks = report.tasks.filter((task) => task.suite === name);
  if (isPart) return unjoined("only a share of its tests ran here");
  if (tasks.some(({ status }) => !isTold.has(status))) return unjoined("not all of its tests have a result");
  if (signal.aborted) return stopped();
  const folder = await mkdtemp(join(tmpdir(), "shardwright-coverage-"));
  try {
    const here = await gather(client, tasks, { folder, signal });
    const unread = isAlone ? await takeLastParts(lastPartsOf(workspace, report.run.id, name), folder) : undefined;
    const lacking = missedParts(report, name, (_task, attempt) => here.has(attempt));
    const outcome = await runners.get(suite.runner)?.joinCoverage?.({
      workspace,
      directory: suite.directory,
      options: suite.options,
      environment,
      parts: folder,
      failed: tasks.some(({ status, quarantined }) => status === "failed" && quarantined !== true),
      signal,
    });
    for (const line of outcome?.text.split("\n") ?? []) say(printable(line));
    if (unread !== undefined) say(`Some of what was covered while sessions of ${name} were torn down is left out: ${unread}.`);
    if (lacking === undefined)
      return { told: (outcome?.problems ?? []).map((problem) => ({ verdict: "failed", words: `In ${name}: ${problem}` })) };
    const words = `The coverage of the suite ${name} lacks that of ${lacking}`;
    // With them it might be enough, or too little where it is enough now.
    return outcome?.isJudged === true ? { told: [{ verdict: "errored", words }] } : { notices: [words] };
  } catch (error) {
    if (signal.aborted) return stopped();
    const reason = error instanceof ShardwrightError ? error.message : `The coverage could not be joined: ${reasonOf(error)}`;
    return { told: [{ verdict: "errored", words: `In ${name}: ${reason}` }] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Puts the parts of all attempts into a folder: what a failed one has run was run, and a process that lives on does not load it again.
 * @returns the attempts whose part is there
 */
async function gather(
  client: Pick<Client, "getBlob">,
  tasks: RunReport["tasks"],
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<ReadonlySet<ReportAttempt>> {
  const here = new Set<ReportAttempt>();
  const waiting = [...tasks.flatMap(({ attempts }) => attempts).entries()];
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [number, attempt] = next;
      const part = attempt.artifacts?.find(({ name }) => name === partName);
      if (part === undefined) continue;
      try {
        await writeFile(join(folder, `${number}.gz`), await client.getBlob(part.sha256, { timeout_ms: 120_000, signal }));
        here.add(attempt);
      } catch (error) {
        // It is said which are lacking; a disk that takes none is another matter.
        if (!(error instanceof ShardwrightError)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return here;
}

/** Nobody has a use for them when they are joined. */
function withoutParts(report: RunReport, suites: ReadonlySet<string>): RunReport {
  return {
    ...report,
    tasks: report.tasks.map((task) => {
      if (!suites.has(task.suite)) return task;
      const attempts = task.attempts.map((attempt) => {
        const { artifacts, ...rest } = attempt;
        if (artifacts === undefined) return attempt;
        const others = artifacts.filter(({ name }) => !name.startsWith(`${coveragePartFolder}/`));
        return { ...rest, ...(others.length > 0 && { artifacts: others }) };
      });
      return { ...task, attempts };
    }),
  };
}
