import { copyFileSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "@shardwright/core";
import { run } from "../../tools/pack.ts";
import { runTogether } from "../commands.ts";
import { startCoordinatorProcess } from "../coordinator-process.ts";
import { goal, quantile, readNumbers } from "../options.ts";
import { type Missing, type Store, startPostgres, startRedis } from "./stores.ts";

/** No dependencies of ours: installed for the measurement alone. */
const packages = { bullmq: "6.7.0", ioredis: "6.0.0", "graphile-worker": "0.18.0", pg: "8.23.1" };
const memoryFileSystem = 0x01021994;
/** What ours must be of the better one's cycles. */
const least = 1.5;

interface Side {
  readonly title: string;
  readonly measure: (mode: "throughput" | "latencies" | "latencies-with-history", count: number) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/**
 * Cycles a second (a job taken, its result durable) of a full queue, the median of some passes in which all take their turn (in the first
 * ours has no history of the files, and deals them one by one); then the
 * time from a submission to an idle worker's having it. Each side has its own process for the work and its own store, all on one disk,
 * every acknowledgement durable.
 */
export async function dispatch(args: string[]): Promise<boolean> {
  const numbers = readNumbers("dispatch", args, { jobs: 20_000, rounds: 300, passes: 3 });
  if (numbers === undefined) return true;
  if (statfsSync(tmpdir()).type === memoryFileSystem)
    throw new Error(`${tmpdir()} is in memory, where nothing is durable: set TMPDIR to a folder on a disk`);
  const scripts = mkdtempSync(join(tmpdir(), "bench-dispatch-"));
  const sides: Side[] = [];
  try {
    sides.push(await ours());
    await addOthers(sides, scripts);
    const { jobs, rounds, passes } = numbers;
    console.log(`${jobs} jobs, cycles a second, median of ${passes}:`);
    const cycles = new Map<Side, number[]>(sides.map((side) => [side, []]));
    for (let pass = 0; pass < passes; pass += 1)
      for (const [side, rates] of cycles) rates.push((1000 * jobs) / Number(await side.measure("throughput", jobs)));
    const rates = [...cycles].map(([{ title }, all]) => {
      const rate = median(all) ?? Number.NaN;
      console.log(`  ${title.padEnd(62)} ${rate.toFixed(0).padStart(7)}  (${all.map((one) => one.toFixed(0)).join(", ")})`);
      return rate;
    });
    console.log(`${rounds} rounds, from a submission to an idle worker's having it:`);
    const slowest: number[] = [];
    for (const { title, measure } of sides) slowest.push(showLatencies(title, await measure("latencies", rounds)));
    // Without a goal: the others know no such thing.
    const [first] = sides;
    if (first !== undefined)
      showLatencies(
        `shardwright, in a project with the history of ${jobs} files`,
        await first.measure("latencies-with-history", rounds),
      );
    return judge(rates, slowest);
  } finally {
    await Promise.all(sides.map(({ stop }) => stop()));
    rmSync(scripts, { recursive: true, force: true });
  }
}

/** @returns the 99th percentile */
function showLatencies(title: string, taken: unknown): number {
  const [p50_ms = 0, p99_ms = 0] = [0.5, 0.99].map((share) => quantile(taken as number[], share));
  console.log(`  ${title.padEnd(62)} p50 ${p50_ms.toFixed(2).padStart(6)} ms  p99 ${p99_ms.toFixed(2).padStart(6)} ms`);
  return p99_ms;
}

/** What we hold ourselves to; without anybody to compare with, nothing was shown. */
function judge([ours = Number.NaN, ...theirs]: readonly number[], [slowest = Number.NaN, ...others]: readonly number[]): boolean {
  if (theirs.length === 0) return goal(false, "there was nobody to compare with");
  const ratio = ours / Math.max(...theirs);
  const latency = slowest / Math.min(...others);
  return [
    goal(ratio >= least, `at least ${least} × the better one's cycles: ${ratio.toFixed(2)} ×`),
    goal(latency <= 1, `p99 of the pick-up no worse than the better one's: ${latency.toFixed(2)} ×`),
  ].every(Boolean);
}

async function ours(): Promise<Side> {
  const { address, apiKey, stop } = await startCoordinatorProcess();
  const script = join(import.meta.dirname, "ours.ts");
  const measure = (mode: string, count: number) => measured(script, [mode, String(count), address], { API_KEY: apiKey });
  return { title: "shardwright, its coordinator over HTTP, durability as by default", measure, stop };
}

async function addOthers(sides: Side[], scripts: string): Promise<void> {
  writeFileSync(join(scripts, "package.json"), JSON.stringify({ private: true, dependencies: packages }));
  run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], scripts);
  const add = (name: "bullmq" | "graphile-worker", store: Store | Missing) => {
    if (typeof store === "string") return console.log(`${name} is left out: ${store}.`);
    const script = join(scripts, `${name}.mjs`);
    copyFileSync(join(import.meta.dirname, `${name}.mjs`), script);
    const measure = (mode: string, count: number) => measured(script, [mode, String(count), store.path]);
    return sides.push({ title: `${name} ${packages[name]} on ${store.name}`, measure, stop: store.stop });
  };
  add("bullmq", await startRedis());
  add("graphile-worker", await startPostgres());
}

/** Runs a side's script. @returns what it printed: milliseconds in all, or those of each round */
async function measured(script: string, args: string[], environment: Record<string, string> = {}): Promise<unknown> {
  const { code, output } = await runTogether([
    {
      program: process.execPath,
      args: [script, ...args],
      cwd: join(script, ".."),
      environment: { ...environment, NODE_ENV: "production" },
    },
  ]);
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${output.slice(-2000)}`);
  return JSON.parse(output.trim().split("\n").at(-1) ?? "");
}
