import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createClient } from "../../packages/client/src/index.ts";
import { shardwright } from "../commands.ts";
import type { CoordinatorProcess } from "../coordinator-process.ts";
import { goal } from "../options.ts";
import { mulberry32 } from "../random.ts";
import { mib, seconds } from "./units.ts";

const pause_ms = 250;
const minute_ms = 60_000;

interface Imported {
  readonly code: number | null;
  readonly output: string;
  readonly took_ms: number;
  /** The most memory that the importing process had. */
  readonly peak_bytes: number;
}

/** Imports a file of JSON lines with the program, over HTTP, and says what that took. */
export async function wholeImport(coordinator: CoordinatorProcess, points: number, series: number): Promise<boolean> {
  return withFile(points, series, undefined, async (file) => {
    const before_bytes = tablesOf(coordinator);
    const { code, output, took_ms, peak_bytes } = await importFile(coordinator, file);
    const usage = await coordinator.usage();
    const size_bytes = tablesOf(coordinator) - before_bytes;
    console.log(`\n${points} points of ${series} series imported at once, from ${mib(statSync(file).size)} MiB of JSON lines`);
    console.log(
      `  ${seconds(took_ms)}, ${Math.round((points / took_ms) * 1000)} points a second; the longest stall ${usage.stall_ms.toFixed(0)} ms`,
    );
    console.log(`  tables ${mib(size_bytes)} MiB, ${(size_bytes / points).toFixed(0)} bytes a point`);
    console.log(`  at most resident: ${mib(usage.peak_bytes)} MiB the coordinator, ${mib(peak_bytes)} MiB the import`);
    if (code !== 0) console.log(output);
    const kept = await seen(coordinator);
    const taken = Number(/^[\d,]+/.exec(output.trim())?.[0].replaceAll(",", ""));
    return goal(
      code === 0 && taken === points,
      `all are kept: ${taken}, of ${kept.series} series (${kept.points} points by now, old ones rolled up)`,
    );
  });
}

/** Imports a file whose last line is broken. */
export async function brokenImport(coordinator: CoordinatorProcess, points: number, series: number): Promise<boolean> {
  return withFile(points, series, '{"name":"latency","value":NaN}\n', async (file) => {
    const { code, output } = await importFile(coordinator, file);
    const kept = await seen(coordinator);
    console.log(`\n${points} points, and a line after them that is broken`);
    const said = output.includes(`Line ${points + 1} of`);
    return [
      goal(code !== 0 && said, `the import fails, and names the line: ${output.trim().split("\n")[0] ?? ""}`),
      goal(kept.series === 0, `nothing of it is seen: ${kept.points} points of ${kept.series} series`),
    ].every(Boolean);
  });
}

async function withFile<T>(
  points: number,
  series: number,
  end: string | undefined,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "bench-trends-"));
  try {
    const file = join(directory, "points.jsonl");
    await pipeline(Readable.from(linesOf(points, series, end)), createWriteStream(file));
    return await use(file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Each series has a point of each of as many commits as it takes, a minute apart. */
function* linesOf(points: number, series: number, end: string | undefined): Generator<string> {
  const random = mulberry32(1);
  const begin_ms = Date.UTC(2024, 0, 1);
  let lines: string[] = [];
  for (let index = 0; index < points; index += 1) {
    const commit = Math.floor(index / series);
    const at = index % series;
    lines.push(
      `{"test":"bench:file-${at % 50}","case":"case ${at}","name":"latency","value":${(10 + random()).toFixed(4)},"unit":"ms","at_ms":${begin_ms + commit * minute_ms},"commit":"${commit.toString(16).padStart(40, "0")}","branch":"main","machine":"m1"}\n`,
    );
    if (lines.length < 1000) continue;
    yield lines.join("");
    lines = [];
  }
  yield lines.join("");
  if (end !== undefined) yield end;
}

function importFile({ address, apiKey }: CoordinatorProcess, file: string): Promise<Imported> {
  const probe = join(import.meta.dirname, "..", "usage-probe.mjs");
  const began_ms = performance.now();
  const child = spawn(
    process.execPath,
    ["--import", probe, shardwright, "trends", "import", file, "--coordinator", address, "--hardware", "linux-x64-2cpu"],
    { env: { ...process.env, SHARDWRIGHT_API_KEY: apiKey, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => output.push(chunk.toString("utf8")));
  const peak = peakOf(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code, output: output.join(""), took_ms: performance.now() - began_ms, peak_bytes: peak() }),
    );
  });
}

/** Asks a process for its peak for as long as it lives. */
function peakOf(child: ChildProcess): () => number {
  let peak_bytes = 0;
  child.on("message", (message) => (peak_bytes = Math.max(peak_bytes, (message as { peak_bytes: number }).peak_bytes)));
  const timer = setInterval(() => {
    if (child.connected) child.send({ collect: false }, () => {});
  }, pause_ms);
  child.once("exit", () => clearInterval(timer));
  return () => peak_bytes;
}

async function seen({ address, apiKey }: CoordinatorProcess): Promise<{ points: number; series: number }> {
  const client = createClient({ addresses: [address], apiKey, failover: { timeout_ms: 120_000 } });
  try {
    let [points, series] = [0, 0];
    for (let after: number | undefined = 0; after !== undefined;) {
      const page: Awaited<ReturnType<typeof client.listTrends>> = await client.listTrends({ after, limit: 100 });
      series += page.series.length;
      points += page.series.reduce((sum, one) => sum + one.points, 0);
      after = page.next;
    }
    return { points, series };
  } finally {
    await client.close();
  }
}

/** What is written and not yet in the file itself counts, too. */
function tablesOf({ stateDir }: CoordinatorProcess): number {
  using database = new DatabaseSync(join(stateDir, "state.db"), { readOnly: true });
  const pages = database.prepare("SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()");
  return Number(pages.get()?.["bytes"] ?? 0);
}
