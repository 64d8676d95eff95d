import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mergeReports, runReportSchema, type RunReport } from "@shardwright/core";
import { writeChaosSuite, type ChaosSuite } from "../chaos/suite.ts";
import { violationsOf } from "../chaos/verify.ts";
import { freePort, start, until, type Started } from "../processes.ts";
import { seeded } from "../seeded.ts";

/** What happens to the four jobs of a pipeline, or to their coordinator. */
export const troubles = [
  "a job starts late",
  "a job is killed and run again",
  "a job is cancelled and run again",
  "the coordinator is killed and comes back",
  "the coordinator is away",
  "the coordinator is killed for good",
  "the coordinator comes late",
  "all failed jobs are run again",
] as const;
export type Trouble = (typeof troubles)[number];

const token = "matrix-admin-token-matrix-admin-token";
const jobs = 4;
/** The undisturbed suite takes about this long: what happens falls anywhere within. */
const usualLength_ms = 2000;
const jobLimit_ms = 90_000;

interface Ended {
  readonly code: number | NodeJS.Signals;
  readonly report: RunReport | undefined;
  readonly output: string;
}

/** One pipeline of four jobs and its trouble, at moments the seed chooses. @returns what is wrong with its outcome */
export async function matrixRound(trouble: Trouble, seed: number): Promise<string[]> {
  const pipeline = await Pipeline.create(seed);
  try {
    return await play(pipeline, trouble);
  } finally {
    await pipeline.end();
  }
}

async function play(pipeline: Pipeline, trouble: Trouble): Promise<string[]> {
  const all = [0, 1, 2, 3];
  const { random, suite } = pipeline;
  const moment = () => new Promise<void>((resolve) => setTimeout(resolve, Math.floor(random() * usualLength_ms)));
  const victim = Math.floor(random() * jobs);
  const others = all.filter((index) => index !== victim);
  switch (trouble) {
    case "a job starts late": {
      await pipeline.startCoordinator();
      const early = others.map((index) => pipeline.job(index));
      await moment();
      return pipeline.judge(await Promise.all([...early, pipeline.job(victim)].map(({ ended }) => ended)));
    }
    case "a job is killed and run again":
    case "a job is cancelled and run again": {
      await pipeline.startCoordinator();
      const started = all.map((index) => pipeline.job(index));
      await pipeline.firstResult();
      await moment();
      started[victim]?.process.child.kill(trouble === "a job is killed and run again" ? "SIGKILL" : "SIGTERM");
      const rest = await Promise.all(others.map((index) => started[index]?.ended as Promise<Ended>));
      const lost = (await started[victim]?.ended) as Ended;
      const again = await pipeline.job(victim).ended;
      const green = lost.code === 0 && suite.failing.size > 0 ? ["a job that was stopped ended green"] : [];
      return [...green, ...pipeline.judge([...rest, again])];
    }
    case "the coordinator is killed and comes back": {
      const coordinator = await pipeline.startCoordinator();
      const started = all.map((index) => pipeline.job(index));
      await pipeline.firstResult();
      await moment();
      coordinator.child.kill("SIGKILL");
      await coordinator.exited;
      await pipeline.startCoordinator();
      return pipeline.judge(await Promise.all(started.map(({ ended }) => ended)));
    }
    case "the coordinator is away": {
      const started = all.map((index) => pipeline.job(index, "0.5"));
      return pipeline.judgeShares(await Promise.all(started.map(({ ended }) => ended)));
    }
    case "the coordinator is killed for good": {
      const coordinator = await pipeline.startCoordinator();
      const started = all.map((index) => pipeline.job(index, "1"));
      await pipeline.firstResult();
      await moment();
      coordinator.child.kill("SIGKILL");
      return pipeline.judgeMixed(await Promise.all(started.map(({ ended }) => ended)));
    }
    case "the coordinator comes late": {
      const started = all.map((index) => pipeline.job(index, "0.2"));
      await moment();
      await pipeline.startCoordinator();
      return pipeline.judgeMixed(await Promise.all(started.map(({ ended }) => ended)));
    }
    case "all failed jobs are run again": {
      await pipeline.startCoordinator();
      const first = await Promise.all(all.map((index) => pipeline.job(index).ended));
      const failed = all.filter((index) => first[index]?.code !== 0);
      const again = await Promise.all(failed.map((index) => pipeline.job(index).ended));
      const ranAgain = again.flatMap(({ report }) => (report?.tasks ?? []).filter(({ attempts }) => attempts.length > 1));
      const passedAgain = ranAgain
        .filter(({ file }) => !suite.failing.has(file))
        .map(({ file }) => `${file} had passed and ran again`);
      return [...pipeline.judge(first), ...pipeline.judge(again), ...passedAgain];
    }
  }
}

class Pipeline {
  readonly random: () => number;
  readonly suite: ChaosSuite;
  readonly #root: string;
  readonly #port: number;
  readonly #seed: number;
  readonly #started: Started[] = [];
  #made = 0;

  static async create(seed: number): Promise<Pipeline> {
    return new Pipeline(seed, await freePort());
  }

  private constructor(seed: number, port: number) {
    this.random = seeded(seed * 7919);
    this.#seed = seed;
    this.#port = port;
    this.#root = mkdtempSync(join(tmpdir(), "shardwright-matrix-"));
    this.suite = writeChaosSuite(join(this.#root, "suite"), seed, { files: 20 });
  }

  async startCoordinator(): Promise<Started> {
    const args = ["coordinator", "--port", String(this.#port), "--state-dir", join(this.#root, "state")];
    const coordinator = start(args, { environment: { SHARDWRIGHT_ADMIN_TOKEN: token } });
    this.#started.push(coordinator);
    await until("the coordinator", async () => (await fetch(`http://127.0.0.1:${this.#port}/readyz`)).ok);
    return coordinator;
  }

  /** Starts one job in a checkout of its own, as a CI machine does each time. */
  job(index: number, fallbackAfter = "60"): { process: Started; ended: Promise<Ended> } {
    this.#made += 1;
    const { directory } = writeChaosSuite(join(this.#root, `job-${this.#made}`), this.#seed, { files: 20 });
    const flags = ["--max-retries", "0", "--report-formats", "json", "--timeout", "80", "--slots", "1"];
    const which = ["--run-key", "pipeline", "--index", String(index), "--total", String(jobs)];
    const process = start(["worker", ...which, ...flags, "--fallback-after", fallbackAfter, "--reconnect-interval", "0.5"], {
      cwd: directory,
      environment: { SHARDWRIGHT_COORDINATOR: `http://127.0.0.1:${this.#port}`, SHARDWRIGHT_API_KEY: token },
    });
    this.#started.push(process);
    const timer = setTimeout(() => process.child.kill("SIGABRT"), jobLimit_ms);
    const ended = process.exited.then((code) => {
      clearTimeout(timer);
      return { code, report: readReport(join(directory, "shardwright-report", "report.json")), output: process.output() };
    });
    return { process, ended };
  }

  /** Resolves when the run is under way. */
  async firstResult(): Promise<void> {
    await until("the first result", async () => {
      const response = await fetch(`http://127.0.0.1:${this.#port}/api/v1/runs`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const { runs } = (await response.json()) as { runs: { cases: number }[] };
      return (runs[0]?.cases ?? 0) > 0;
    });
  }

  /** Every job ends with the run's own, whole and right verdict. */
  judge(ended: readonly Ended[]): string[] {
    return ended.flatMap(({ code, report, output }) =>
      report === undefined ? [`no report, exit ${code}: ${output}`] : violationsOf(report, this.suite, code),
    );
  }

  /** Each job ends with its share, each share is right, and together they are the suite, each file once. */
  judgeShares(ended: readonly Ended[]): string[] {
    const files = ended.flatMap(({ report }) => (report?.tasks ?? []).map(({ file }) => file));
    const twice = files.filter((file, index) => files.indexOf(file) !== index).map((file) => `${file} is in two shares`);
    const merged = mergeReports(ended.flatMap(({ report }) => report ?? []));
    const cut = merged.verdict === "incomplete" ? [`merged, they are incomplete: ${merged.reason}`] : [];
    return [...twice, ...cut, ...this.judgeMixed(ended)];
  }

  /** Each job ends with its share or with the whole run, right for what it has; together they have the whole suite. */
  judgeMixed(ended: readonly Ended[]): string[] {
    const seen = new Set<string>();
    const violations = ended.flatMap(({ code, report, output }) => {
      if (report === undefined) return [`no report, exit ${code}: ${output}`];
      const files = new Set(report.tasks.map(({ file }) => file));
      for (const file of files) seen.add(file);
      return violationsOf(report, onlyWith(this.suite, files), code);
    });
    const missing = [...this.suite.cases.keys()].filter((file) => !seen.has(file));
    return [...violations, ...missing.map((file) => `${file} was run by nobody`)];
  }

  async end(): Promise<void> {
    for (const { child } of this.#started) child.kill("SIGKILL");
    await Promise.all(this.#started.map(({ exited }) => exited));
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function onlyWith(suite: ChaosSuite, files: ReadonlySet<string>): ChaosSuite {
  const cases = new Map([...suite.cases].filter(([file]) => files.has(file)));
  return { ...suite, files: cases.size, cases, failing: new Set([...suite.failing].filter((file) => files.has(file))) };
}

function readReport(path: string): RunReport | undefined {
  try {
    return runReportSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}
