import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunReport, factVersions, runReportSchema } from "@shardwright/core";
import { start, type Started } from "../../processes.ts";
import { seeded } from "../../seeded.ts";
import { type ChaosSuite, writeChaosSuite } from "../suite.ts";
import { violationsOf } from "../verify.ts";
import { ChaosCluster, type ClusterNetwork } from "./cluster.ts";
import { drawFaults, type Fault, play, rollOverFault } from "./faults.ts";
import { LeaderWatch } from "./leader-watch.ts";
import { adminToken } from "./member.ts";
import { differencesOf, missingFrom, readTables } from "./tables.ts";

export interface ClusterRound {
  /** What is wrong with the outcome; empty when every promise held. */
  readonly violations: readonly string[];
  readonly happened: readonly string[];
  readonly runs: number;
  readonly acknowledged: number;
  readonly elections: number;
  readonly longest_ms: number;
  readonly longestWithMajority_ms: number;
  /** Where outputs were kept, of a round that broke a promise. */
  readonly kept: string | undefined;
}

/** After the last fault: for runs to end, workers to leave, and coordinators to become equal, a minute of it to find a member gone. */
const limits_ms = { runs: 120_000, workers: 30_000, settled: 100_000, read: 15_000 };

/** Rounds that begin with the version of before. */
const rollOverChance = 0.3;

interface Job {
  readonly suite: ChaosSuite;
  readonly process: Started;
}

export interface RoundOptions {
  readonly network?: ClusterNetwork | undefined;
  /** Which of the three has no tables, if one. */
  readonly witness?: number | undefined;
}

/** Runs on a cluster of three coordinators to which things happen that the seed drew. Never throws for what the cluster does wrong. */
export async function clusterRound(seed: number, { network, witness }: RoundOptions): Promise<ClusterRound> {
  const random = seeded(seed);
  const directory = mkdtempSync(join(tmpdir(), `shardwright-chaos-cluster-${seed}-`));
  const faults = drawFaults(random, 6 + Math.floor(random() * 5));
  // Beside them, so that two things happen at once; but never is a majority of processes taken away for long.
  const beside = drawFaults(random, 3 + Math.floor(random() * 3), (kind) => !["stop", "replace", "fill the disk"].includes(kind));
  // Drawn after them: other rounds are what they were.
  const place = random() < rollOverChance ? Math.floor(random() * faults.length) : undefined;
  const [usual] = faults;
  if (place !== undefined && usual !== undefined) faults.splice(place, 0, { ...usual, kind: rollOverFault });
  const withSmallDisk = faults.some(({ kind }) => kind === "fill the disk") ? Math.floor(random() * 3) : undefined;
  const round = new Round(directory, seed, random, network);
  try {
    await round.play(faults, beside, { withSmallDisk, witness });
  } catch (error) {
    round.violations.push(error instanceof Error ? error.message : String(error));
  } finally {
    await round.end();
  }
  const kept = round.violations.length > 0 ? round.keepOutputs() : undefined;
  if (kept === undefined) rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return { ...round.figures, kept };
}

class Round {
  readonly violations: string[] = [];
  readonly #happened: string[] = [];
  readonly #directory: string;
  readonly #seed: number;
  readonly #random: () => number;
  readonly #network: ClusterNetwork | undefined;
  readonly #began_ms = performance.now();
  readonly #started: { readonly name: string; readonly process: Started }[] = [];
  readonly #jobs: Job[] = [];
  #cluster: ChaosCluster | undefined;
  #watch: LeaderWatch | undefined;
  #areFaultsOver = false;

  constructor(directory: string, seed: number, random: () => number, network: ClusterNetwork | undefined) {
    this.#network = network;
    this.#directory = directory;
    this.#seed = seed;
    this.#random = random;
  }

  async play(
    faults: readonly Fault[],
    beside: readonly Fault[],
    { withSmallDisk, witness }: { withSmallDisk: number | undefined; witness: number | undefined },
  ): Promise<void> {
    // The version before knows no witness.
    const isFormer = witness === undefined && faults.some(({ kind }) => kind === rollOverFault);
    const options = { withSmallDisk, network: this.#network, isFormer, witness };
    const cluster = await ChaosCluster.start({ directory: this.#directory, ...options });
    this.#cluster = cluster;
    const [third] = cluster.members.filter(({ isWitness }) => isWitness);
    this.#tell(`three coordinators vote${third === undefined ? "" : `, ${third.name} is a witness`}`);
    this.#watch = new LeaderWatch(cluster);
    const workers = Array.from({ length: 2 + Math.floor(this.#random() * 3) }, (_, number) =>
      this.#launch(`worker-${number}`, ["worker", "--name", `w${number}`, "--slots", "1", "--reconnect-interval", "0.5"]),
    );
    const submitting = this.#submit();
    await Promise.all([this.#lane(faults), this.#lane(beside)]);
    this.#areFaultsOver = true;
    cluster.network.openAll();
    this.#tell("the faults are over");
    await submitting;
    for (const job of this.#jobs) await this.#judge(job);
    this.#tell("the runs have ended");
    for (const worker of workers) worker.child.kill("SIGTERM");
    for (const [number, worker] of workers.entries()) {
      const code = await within(worker.exited, limits_ms.workers);
      if (code === undefined) this.violations.push(`worker-${number} did not end when it was told to`);
    }
    await cluster.settled(limits_ms.settled);
    if (isFormer) await this.#useNewerFacts(cluster);
    await this.#readEverywhere(cluster);
    // A question may have been a reason to write.
    await cluster.settled(limits_ms.settled);
    await this.#watch.end();
    await cluster.killAll();
    this.#compareTables(cluster);
  }

  async end(): Promise<void> {
    await this.#watch?.end();
    for (const { process } of this.#started) process.child.kill("SIGKILL");
    await Promise.all(this.#started.map(({ process }) => process.exited));
    await this.#cluster?.end();
  }

  get figures(): Omit<ClusterRound, "kept"> {
    const output = this.#cluster?.members.map((member) => member.output).join("\n") ?? "";
    return {
      violations: this.violations,
      happened: this.#happened,
      runs: this.#jobs.length,
      acknowledged: this.#cluster?.acknowledged.attempts.length ?? 0,
      elections: new Set(output.match(/"became-leader","term":\d+/g)).size,
      longest_ms: this.#watch?.longest_ms ?? 0,
      longestWithMajority_ms: this.#watch?.longestWithMajority_ms ?? 0,
    };
  }

  keepOutputs(): string {
    const place = join(this.#directory, "outputs");
    mkdirSync(place, { recursive: true });
    for (const { name, output } of this.#cluster?.members ?? []) writeFileSync(join(place, `coordinator-${name}.log`), output);
    for (const { name, process } of this.#started) writeFileSync(join(place, `${name}.log`), process.output());
    writeFileSync(join(place, "happened.log"), [...this.#happened, ...this.violations].join("\n"));
    return place;
  }

  async #lane(faults: readonly Fault[]): Promise<void> {
    const cluster = this.#cluster;
    if (cluster === undefined) return;
    for (const fault of faults) {
      await pause(fault.after_ms);
      try {
        this.#tell(await play(fault, cluster));
      } catch (error) {
        this.violations.push(`${fault.kind}: ${error instanceof Error ? error.message : String(error)}`);
      }
      for (const member of cluster.members) {
        if (member.isUp || member.isBusy) continue;
        this.violations.push(`${member.name} ended by itself, with ${await member.ended(0)}`);
        cluster.restart(member);
      }
    }
  }

  /** Runs, one after the other, for as long as there are faults; through any coordinator first. */
  async #submit(): Promise<void> {
    for (let number = 0; number < 20; number += 1) {
      const suite = writeChaosSuite(join(this.#directory, `suite-${number}`), this.#seed * 100 + number, { files: 12 });
      const args = ["run", "--max-retries", "0", "--report-formats", "json", "--timeout", "100", "--no-fallback"];
      const process = this.#launch(`run-${number}`, [...args, "--run-key", `run-${number}`], suite.directory);
      this.#jobs.push({ suite, process });
      await pause(1500 + this.#random() * 3000);
      if (this.#areFaultsOver) return;
    }
  }

  async #judge({ suite, process }: Job): Promise<void> {
    const name = this.#started.find((each) => each.process === process)?.name ?? "";
    const code = await within(process.exited, limits_ms.runs);
    if (code === undefined) {
      this.violations.push(`${name} did not end: ${process.output().slice(-500)}`);
      return;
    }
    let report: RunReport;
    try {
      const path = join(suite.directory, "shardwright-report", "report.json");
      report = runReportSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    } catch {
      this.violations.push(`${name} ended with ${code} and left no report: ${process.output().slice(-500)}`);
      return;
    }
    for (const violation of violationsOf(report, suite, code)) this.violations.push(`${name}: ${violation}`);
  }

  /** All are updated: what had to wait for that is done, and everybody has it. */
  async #useNewerFacts(cluster: ChaosCluster): Promise<void> {
    await cluster.operate("PUT", "/api/v1/configuration/open-runs", { value: 900 });
    await cluster.settled(limits_ms.settled);
    for (const member of cluster.members) {
      const status = await member.status(limits_ms.read);
      if (status?.facts !== factVersions.version)
        this.violations.push(`${member.name} takes facts ${status?.facts} for agreed on, not ${factVersions.version}`);
    }
  }

  /** Every coordinator is asked for every run, by a read that knows all that was durable. */
  async #readEverywhere({ members, acknowledged }: ChaosCluster): Promise<void> {
    const runs = new Set(acknowledged.attempts.map(({ run }) => run));
    for (const member of members) {
      const attempts = new Map<string, { status: string; cases: number }>();
      for (const run of runs) {
        const headers = { "shardwright-consistency": "linearizable" };
        const answer = await member.ask(`/api/v1/runs/${run}/report`, limits_ms.read, headers);
        const { tasks } = runReportSchema.parse(await answer.json());
        for (const { places, attempts: all } of tasks)
          for (const { attempt, status, cases } of all)
            attempts.set(`${run} ${places?.[0]} ${attempt}`, { status, cases: cases.length });
      }
      this.violations.push(...missingFrom({ name: `${member.name}'s answer`, attempts }, acknowledged.attempts));
    }
  }

  #compareTables({ holders, acknowledged }: ChaosCluster): void {
    const [first, ...others] = holders.map(({ name, stateDir }) => readTables(name, stateDir));
    if (first === undefined) return;
    for (const each of [first, ...others]) this.violations.push(...missingFrom(each, acknowledged.attempts));
    for (const other of others) this.violations.push(...differencesOf(first, other));
  }

  #launch(name: string, args: readonly string[], cwd = this.#directory): Started {
    const addresses = this.#cluster?.addresses ?? [];
    const from = Math.floor(this.#random() * addresses.length);
    const all = [...addresses.slice(from), ...addresses.slice(0, from)].join(",");
    const environment = { SHARDWRIGHT_COORDINATOR: all, SHARDWRIGHT_API_KEY: adminToken };
    const process = start(args, { cwd, environment, within: this.#cluster?.withinClients ?? [] });
    this.#started.push({ name, process });
    return process;
  }

  #tell(what: string): void {
    this.#happened.push(`${((performance.now() - this.#began_ms) / 1000).toFixed(1)} s: ${what}`);
  }
}

function pause(duration_ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration_ms));
}

async function within<T>(coming: Promise<T>, limit_ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, limit_ms, undefined)));
  const what = await Promise.race([coming, limit]);
  clearTimeout(timer);
  return what;
}
