import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { createClient } from "@shardwright/client";
import type { RunReport, RunSummary } from "@shardwright/core";
import { z } from "zod";
import type { CoordinatorAccess } from "../config/failover.ts";
import { keepOutOfCommits } from "../run/local-state.ts";
import { writeWhole } from "../run/reporters.ts";
import type { LastVerdict } from "./change.ts";
import { failingKeys } from "./notification.ts";
import { makeFolders } from "../run/make-folders.ts";

/** Runs that are looked through for one of the same branch. */
const runsRead = 200;
/** Runs of the branch that are looked into for the same suites. */
const reportsRead = 3;
const patience_ms = 10_000;

/**
 * How the last run of the same suites on the same branch of the project ended, by the coordinator.
 * @returns undefined where there was none, and where the coordinator does not say
 */
export async function lastVerdictOf(
  report: RunReport,
  { addresses, apiKey, failover }: CoordinatorAccess,
): Promise<LastVerdict | undefined> {
  // What had not passed ran again: it is the same run that was red.
  if (report.notices.some(({ code }) => code === "reopened")) return { isGreen: false };
  const client = createClient({
    addresses,
    apiKey,
    failover: { ...failover, timeout_ms: Math.min(failover.timeout_ms, patience_ms) },
    retry: { attempts: 3, total_ms: patience_ms },
  });
  try {
    const { runs } = await client.listRuns({ project: report.run.project, limit: runsRead });
    for (const run of runs.filter((each) => comesBefore(each, report)).slice(0, reportsRead)) {
      const before = await client.getReport(run.id);
      if (suitesOf(before) === suitesOf(report)) return { isGreen: before.verdict === "passed", failing: failingKeys(before) };
    }
    return undefined;
  } catch {
    // Better told twice than not at all.
    return undefined;
  } finally {
    await client.close();
  }
}

function comesBefore({ id, status, verdict, context, submitted_at_ms }: RunSummary, { run }: RunReport): boolean {
  return (
    id !== run.id &&
    status === "ended" &&
    verdict !== "cancelled" &&
    submitted_at_ms <= run.submitted_at_ms &&
    context.branch === run.context.branch &&
    // Forks call their branches alike.
    context.pull_request === run.context.pull_request &&
    context.fork === run.context.fork
  );
}

function suitesOf({ tasks }: Pick<RunReport, "tasks">): string {
  return JSON.stringify([...new Set(tasks.map(({ suite }) => suite))].sort());
}

const branchesKept = 100;
const failingKept = 2000;
const sizeLimit_bytes = 16 * 1024 * 1024;

const memorySchema = z.object({
  version: z.literal(1),
  /** Newest last. */
  runs: z.array(z.object({ of: z.string(), is_green: z.boolean(), failing: z.array(z.string()).optional() })),
});
type Memory = z.infer<typeof memorySchema>;

/** The same from a file, where no coordinator keeps it, for the next run; nothing of it is the run's own matter. */
export function recallVerdict(path: string, report: RunReport, name: string): LastVerdict | undefined {
  const known = readMemory(path).runs.find(({ of }) => of === subjectOf(report, name));
  if (known === undefined) return undefined;
  return { isGreen: known.is_green, ...(known.failing !== undefined && { failing: new Set(known.failing) }) };
}

/** Keeps how a run ended for the next one; what keeps it from being written is no matter of the run's. */
export function rememberVerdict(path: string, report: RunReport, name: string): void {
  if (report.verdict === "cancelled") return;
  const of = subjectOf(report, name);
  const failing = [...failingKeys(report)];
  const kept = readMemory(path)
    .runs.filter((run) => run.of !== of)
    .slice(1 - branchesKept);
  const entry = { of, is_green: report.verdict === "passed", ...(failing.length <= failingKept && { failing }) };
  const memory: Memory = { version: 1, runs: [...kept, entry] };
  try {
    const folder = dirname(path);
    makeFolders(folder);
    if (folder.endsWith(".shardwright")) keepOutOfCommits(folder);
    writeWhole(path, `${JSON.stringify(memory)}\n`);
  } catch {
    // The next run tells once more.
  }
}

function subjectOf(report: RunReport, name: string): string {
  const { project, context } = report.run;
  return createHash("sha256")
    .update(JSON.stringify([project, context.branch ?? "", context.pull_request ?? "", name, suitesOf(report)]))
    .digest("hex")
    .slice(0, 32);
}

function readMemory(path: string): Memory {
  try {
    if (statSync(path).size > sizeLimit_bytes) throw new RangeError("it is not ours");
    return memorySchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // None yet, or one that makes no sense.
    return { version: 1, runs: [] };
  }
}
