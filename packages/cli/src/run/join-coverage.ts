import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@shardwright/client";
import { finalAttempts, reasonOf, ShardwrightError, type ReportAttempt, type RunReport, type Suite } from "@shardwright/core";
import { coveragePartFile, coveragePartFolder, type Runner } from "@shardwright/runners";
import { printable } from "../view/text.ts";
import { missedParts } from "./missed-parts.ts";

export interface JoinRequest {
  /** Absolute path of the checkout that the run is of. */
  readonly workspace: string;
  /** Of the manifest: as they ran, with all their options. */
  readonly suites: readonly Suite[];
  readonly runners: ReadonlyMap<string, Runner>;
  /** In which the frameworks make their reports. */
  readonly environment: Readonly<Record<string, string>>;
  /** Only a part of the tests ran here. */
  readonly isPart: boolean;
  /** Shows what frameworks print. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

type Told = { readonly verdict: RunReport["verdict"]; readonly words: string };

const parallel = 4;
const partName = `${coveragePartFolder}/${coveragePartFile}`;

/**
 * Has the frameworks report what the run covered, in those suites where it was measured, and hold it against their thresholds: a run whose
 * tests have passed fails where the framework's own would.
 * @returns the report, without what attempts left for this
 */
export async function withCoverage(client: Pick<Client, "getBlob">, report: RunReport, request: JoinRequest): Promise<RunReport> {
  const covered = request.suites.filter(
    ({ options, runner }) => options["coverage"] === true && request.runners.get(runner)?.joinCoverage !== undefined,
  );
  if (covered.length === 0) return report;
  let judged = withoutParts(report, new Set(covered.map(({ name }) => name)));
  // Of tests that did not come to their end nothing can be said.
  if (report.verdict !== "passed" && report.verdict !== "failed") return judged;
  for (const suite of covered) {
    if (request.signal.aborted) return judged;
    if (request.isPart) {
      judged = withNotices(judged, [
        `The coverage of the suite ${suite.name} is not joined: only a share of its tests ran here.`,
      ]);
      continue;
    }
    const { notices, told } = await joinSuite(client, report, suite, request);
    judged = withNotices(judged, [...notices, ...told.map(({ words }) => words)]);
    const [first] = told;
    if (first !== undefined && judged.verdict === "passed") {
      const others = told.length === 1 ? "" : `, and ${told.length - 1} more`;
      judged = { ...judged, verdict: first.verdict, reason: `${first.words}${others}` };
    }
  }
  return judged;
}

async function joinSuite(
  client: Pick<Client, "getBlob">,
  report: RunReport,
  suite: Suite,
  { workspace, runners, environment, say, signal }: JoinRequest,
): Promise<{ notices: string[]; told: Told[] }> {
  const folder = await mkdtemp(join(tmpdir(), "shardwright-coverage-"));
  const notices: string[] = [];
  try {
    const here = await gather(client, report, { suite: suite.name, folder, signal });
    const lacking = missedParts(report, suite.name, (_task, attempt) => here.has(attempt));
    if (lacking !== undefined) notices.push(`The coverage of the suite ${suite.name} lacks that of ${lacking}.`);
    const outcome = await runners.get(suite.runner)?.joinCoverage?.({
      workspace,
      directory: suite.directory,
      options: suite.options,
      environment,
      parts: folder,
      failed: report.verdict === "failed",
      signal,
    });
    for (const line of outcome?.text.split("\n") ?? []) say(printable(line));
    const told = (outcome?.problems ?? []).map((problem) => ({
      verdict: "failed" as const,
      words: `In ${suite.name}: ${problem}`,
    }));
    return { notices, told };
  } catch (error) {
    if (signal.aborted) return { notices, told: [] };
    const reason = error instanceof ShardwrightError ? error.message : `The coverage could not be joined: ${reasonOf(error)}`;
    return { notices, told: [{ verdict: "errored", words: `In ${suite.name}: ${reason}` }] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Puts the parts of the attempts that count into a folder. @returns the attempts whose part is there */
async function gather(
  client: Pick<Client, "getBlob">,
  report: RunReport,
  { suite, folder, signal }: { readonly suite: string; readonly folder: string; readonly signal: AbortSignal },
): Promise<ReadonlySet<ReportAttempt>> {
  const here = new Set<ReportAttempt>();
  const attempts = report.tasks.filter((task) => task.suite === suite).flatMap(finalAttempts);
  const waiting = [...attempts.entries()];
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

function withNotices(report: RunReport, messages: readonly string[]): RunReport {
  const at_ms = report.run.duration_ms;
  const said = messages.slice(0, 20).map((message) => ({ at_ms, code: "coverage", message: message.slice(0, 2000) }));
  return { ...report, notices: [...report.notices, ...said] };
}
