import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { htmlChunks, writeJson, writeJunit, writeMarkdown } from "@shardwright/core";
import { createClient, type Client } from "../../packages/client/src/index.ts";
import { passAll, register, slotLimit, submissionOf } from "../by-hand.ts";
import { type CoordinatorProcess, startCoordinatorProcess } from "../coordinator-process.ts";
import { goal, readNumbers } from "../options.ts";
import { idleWorkers } from "./idle-workers.ts";

const mebibyte = 1024 * 1024;
const filesOfRun = 50;
const casesOfFile = 5;
/** What we hold ourselves to, of one core and one process. */
const goals = { restShare: 0.5, rest_mib: 512, deal_ms: 5000, ingest_ms: 60_000, peak_mib: 1024, reports_ms: 30_000 };

/** What one coordinator needs for many waiting workers, for one large run, and for many runs. Each part has a coordinator of its own. */
export async function scale(args: string[]): Promise<boolean> {
  const numbers = readNumbers("scale", args, { workers: 2000, files: 2000, cases: 100_000, runs: 200, "rest-seconds": 10 });
  if (numbers === undefined) return true;
  const { workers, files, cases, runs } = numbers;
  const parts = [
    (coordinator: CoordinatorProcess) => waiting(coordinator, workers, 1000 * numbers["rest-seconds"]),
    (coordinator: CoordinatorProcess) => large(coordinator, files, Math.max(1, Math.round(cases / files))),
    (coordinator: CoordinatorProcess) => many(coordinator, Math.max(1, Math.round(runs / 2))),
  ];
  let good = true;
  for (const part of parts) {
    const coordinator = await startCoordinatorProcess();
    try {
      good = (await part(coordinator)) && good;
    } finally {
      await coordinator.stop();
    }
  }
  return good;
}

async function waiting(coordinator: CoordinatorProcess, count: number, rest_ms: number): Promise<boolean> {
  const alone = await coordinator.usage({ collect: true });
  const idle = await idleWorkers(coordinator, count);
  const client = clientOf(coordinator);
  try {
    const before = await coordinator.usage();
    const share = await idle.rest(rest_ms, async () => (await coordinator.usage()).cpu_ms - before.cpu_ms);
    const { rss_bytes } = await coordinator.usage({ collect: true });
    console.log(`${count} workers that wait, each with a poll, a signal stream and its heartbeats:`);
    console.log(
      `  at rest ${(100 * share).toFixed(0)}% of a core, ${mib(rss_bytes)} MiB resident (${mib(alone.rss_bytes)} MiB alone)`,
    );
    const began_ms = performance.now();
    await client.submitRun(submissionOf("dealt", count, { speculation: false }));
    const submitted_ms = performance.now() - began_ms;
    await idle.dealt;
    const dealt_ms = performance.now() - began_ms;
    console.log(
      `  ${count} tasks: the submission answered after ${ms(submitted_ms)}, the last task had by a worker after ${ms(dealt_ms)}`,
    );
    return [
      goal(share <= goals.restShare, `at most ${100 * goals.restShare}% of a core at rest: ${(100 * share).toFixed(0)}%`),
      goal(rss_bytes <= goals.rest_mib * mebibyte, `at most ${goals.rest_mib} MiB at rest: ${mib(rss_bytes)} MiB`),
      goal(dealt_ms <= goals.deal_ms, `dealt within ${ms(goals.deal_ms)}: ${ms(dealt_ms)}`),
    ].every(Boolean);
  } finally {
    await Promise.all([idle.stop(), client.close()]);
  }
}

async function large(coordinator: CoordinatorProcess, files: number, casesEach: number): Promise<boolean> {
  const client = clientOf(coordinator);
  const directory = mkdtempSync(join(tmpdir(), "bench-scale-"));
  try {
    const { worker } = await register(client, "one");
    const began_ms = performance.now();
    const run = await runAll(client, worker, "large", files, casesEach);
    const ingested_ms = performance.now() - began_ms;
    const ended = await coordinator.usage();
    console.log(
      `${files * casesEach} cases in ${files} files: ${ms(ingested_ms)}, ${mib(ended.peak_bytes)} MiB resident at most`,
    );
    const asked_ms = performance.now();
    const report = await client.getReport(run, { timeout_ms: 120_000 });
    const got_ms = performance.now() - asked_ms;
    if (report.cases.total !== files * casesEach) throw new Error(`the report has ${report.cases.total} cases`);
    const took: string[] = [];
    const formats = {
      json: () => [writeJson(report)],
      junit: () => writeJunit(report),
      markdown: () => [writeMarkdown(report)],
      html: () => htmlChunks(report),
    };
    for (const [format, chunks] of Object.entries(formats)) {
      const from_ms = performance.now();
      await pipeline(Readable.from(chunks()), createWriteStream(join(directory, format)));
      took.push(`${format} ${ms(performance.now() - from_ms)}`);
    }
    const reports_ms = performance.now() - asked_ms;
    const { peak_bytes } = await coordinator.usage();
    console.log(`  reports: asked for ${ms(got_ms)}, ${took.join(", ")}; ${mib(peak_bytes)} MiB resident at most`);
    return [
      goal(ingested_ms <= goals.ingest_ms, `ingested within ${ms(goals.ingest_ms)}: ${ms(ingested_ms)}`),
      goal(peak_bytes <= goals.peak_mib * mebibyte, `at most ${goals.peak_mib} MiB: ${mib(peak_bytes)} MiB`),
      goal(reports_ms <= goals.reports_ms, `reports within ${ms(goals.reports_ms)}: ${ms(reports_ms)}`),
    ].every(Boolean);
  } finally {
    await client.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function many(coordinator: CoordinatorProcess, half: number): Promise<boolean> {
  const client = clientOf(coordinator);
  try {
    const { worker } = await register(client, "one");
    // The first run loads and compiles what all need.
    await runAll(client, worker, "first", filesOfRun, casesOfFile);
    const heaps: number[] = [(await coordinator.usage({ collect: true })).heap_bytes];
    for (const part of [1, 2]) {
      for (let index = 0; index < half; index += 1) await runAll(client, worker, `${part}-${index}`, filesOfRun, casesOfFile);
      heaps.push((await coordinator.usage({ collect: true })).heap_bytes);
    }
    const [start = 0, middle = 0, end = 0] = heaps;
    console.log(`${2 * half} finished runs of ${filesOfRun} files, ${casesOfFile} cases each; heap after a collection:`);
    console.log(`  ${mib(start)} MiB at first, ${mib(middle)} MiB after ${half} runs, ${mib(end)} MiB after ${2 * half}`);
    const second = `${mib(end - middle)} MiB after ${mib(middle - start)} MiB`;
    return goal(
      end - middle < Math.max(middle - start, mebibyte),
      `the second half adds less than the first, or than 1 MiB: ${second}`,
    );
  } finally {
    await client.close();
  }
}

/** @returns the run, when it has ended and passed */
async function runAll(client: Client, worker: string, key: string, files: number, casesEach: number): Promise<string> {
  const { run } = await client.submitRun(submissionOf(key, files, { speculation: false }));
  for (let done = 0; done < files;) {
    const { leases } = await client.lease(worker, { slots: slotLimit, wait_ms: 1000 });
    done += await passAll(client, worker, leases, casesEach);
  }
  const { verdict, reason, cases } = await client.getRun(run);
  if (verdict !== "passed" || cases !== files * casesEach) throw new Error(`the run is ${verdict}: ${reason}, ${cases} cases`);
  return run;
}

function clientOf({ address, apiKey }: CoordinatorProcess): Client {
  return createClient({ addresses: [address], apiKey, failover: { timeout_ms: 60_000 } });
}

function mib(bytes: number): string {
  return (bytes / mebibyte).toFixed(1);
}

function ms(duration_ms: number): string {
  return duration_ms < 1000 ? `${duration_ms.toFixed(0)} ms` : `${(duration_ms / 1000).toFixed(1)} s`;
}
