import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runReportSchema, type RunReport } from "@shardwright/core";
import { freePort, start, until, type Started } from "../processes.ts";
import { seeded } from "../seeded.ts";
import { writeChaosSuite } from "./suite.ts";
import { violationsOf } from "./verify.ts";

export type Victim = "worker" | "coordinator";

export interface RoundResult {
  readonly report: RunReport;
  /** What is wrong with the outcome; empty when every promise held. */
  readonly violations: string[];
  /** How long after the workers were ready the victim was killed. */
  readonly killedAfter_ms: number;
}

const adminToken = "chaos-admin-token-chaos-admin-token-0";
/** The undisturbed suite takes about this long on two workers: kills fall anywhere within. */
const usualLength_ms = 2500;
const roundLimit_ms = 90_000;

/** One run on a coordinator and two workers, all processes of their own, one of which is killed at a moment the seed chooses. */
export async function chaosRound(victim: Victim, seed: number): Promise<RoundResult> {
  const random = seeded(seed);
  const root = mkdtempSync(join(tmpdir(), "shardwright-chaos-"));
  const suite = writeChaosSuite(join(root, "suite"), seed);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const environment = { SHARDWRIGHT_COORDINATOR: address, SHARDWRIGHT_API_KEY: adminToken };
  const started: Started[] = [];
  const launch = (args: string[], extra: Record<string, string> = {}, cwd = root) => {
    const process = start(args, { cwd, environment: extra });
    started.push(process);
    return process;
  };
  const startCoordinator = () =>
    launch(["coordinator", "--port", String(port), "--state-dir", join(root, "state")], { SHARDWRIGHT_ADMIN_TOKEN: adminToken });
  const startWorker = (name: string) =>
    launch(["worker", "--name", name, "--slots", "1", "--reconnect-interval", "0.5"], environment);
  const answers = () => until("the coordinator's answer", async () => (await fetch(`${address}/readyz`)).ok);
  try {
    let coordinator = startCoordinator();
    await answers();
    const workers = [startWorker("one"), startWorker("two")];
    const run = launch(
      ["run", "--max-retries", "0", "--report-formats", "json", "--timeout", "60"],
      environment,
      suite.directory,
    );
    await until("the first lease", async () => (await account(address)) > 0);
    const killedAfter_ms = Math.floor(random() * usualLength_ms);
    await new Promise((resolve) => setTimeout(resolve, killedAfter_ms));
    if (victim === "worker") {
      workers[0]?.child.kill("SIGKILL");
      startWorker("three");
    } else {
      coordinator.child.kill("SIGKILL");
      await coordinator.exited;
      coordinator = startCoordinator();
      await answers();
    }
    const code = await Promise.race([run.exited, limit(roundLimit_ms)]);
    if (code === undefined)
      return { report: {} as RunReport, violations: [`the run did not end: ${run.output()}`], killedAfter_ms };
    const report = readReport(join(suite.directory, "shardwright-report", "report.json"), run);
    return { report, violations: violationsOf(report, suite, code), killedAfter_ms };
  } finally {
    for (const { child } of started) child.kill("SIGKILL");
    await Promise.all(started.map(({ exited }) => exited));
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Cases finished so far: above zero once the run is under way. */
async function account(address: string): Promise<number> {
  const response = await fetch(`${address}/api/v1/runs`, { headers: { authorization: `Bearer ${adminToken}` } });
  const { runs } = (await response.json()) as { runs: { cases: number }[] };
  return runs[0]?.cases ?? 0;
}

function limit(limit_ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), limit_ms).unref());
}

function readReport(path: string, run: Started): RunReport {
  try {
    return runReportSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new Error(`no report: ${run.output()}`, { cause: error });
  }
}
