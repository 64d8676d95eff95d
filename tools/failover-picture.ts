/**
 * Makes the picture that the README begins with, `docs/images/dashboard-failover*.png`: the timeline of a run in the middle of which a worker
 * and then the leader of three coordinators were killed. All of them are processes as users start them. Run by hand, when the timeline has
 * changed: `node tools/failover-picture.ts`; with a folder as its argument, it leaves there what the processes said.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClusterStatus, type RunChart, clusterStatusSchema, runChartSchema } from "@shardwright/core";
import { launchChromium } from "../test/chromium.ts";
import { adminToken } from "../test/cli/fleet.ts";
import { signIn } from "../test/dashboard/watched-page.ts";
import { type Started, freePort, start, until } from "../test/processes.ts";
import { savePicture, schemes } from "./picture-file.ts";

/** Files of the suite, and how long their tests take. `orders` is the heavy one: it has several tests, and is dealt out in parts. */
const durations_ms = {
  accounts: 1900,
  basket: 1200,
  cart: 2300,
  catalog: 1600,
  checkout: 3200,
  coupons: 900,
  currencies: 700,
  delivery: 2100,
  exports: 2600,
  invoice: 1100,
  login: 1500,
  mails: 800,
  prices: 1700,
  profile: 1300,
  ratings: 1000,
  refunds: 2200,
  search: 2800,
  sessions: 1400,
  stock: 1800,
  taxes: 1200,
  vouchers: 1600,
  wishlist: 900,
};
const heavy = { name: "orders", tests: 6, each_ms: 1400 };
/** Their first attempt in a run fails. */
const flaky = { payment: 1100, shipping: 1500 };
const workers = ["amber", "birch", "cedar", "dune", "elm"];

const root = mkdtempSync(join(tmpdir(), "failover-picture-"));
const suite = join(root, "shop");
const started = new Map<string, Started>();

function writeTest(name: string, tests: readonly (readonly [name: string, body: string])[]): void {
  const text = `import test from "node:test";
import assert from "node:assert";
import { existsSync, writeFileSync } from "node:fs";
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
${tests.map(([title, body]) => `test("${title}", async () => { ${body} });`).join("\n")}
`;
  writeFileSync(join(suite, "test", `${name}.test.mjs`), text);
}

function writeSuite(): void {
  mkdirSync(join(suite, "test"), { recursive: true });
  writeFileSync(join(suite, "package.json"), JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  for (const [name, wait_ms] of Object.entries(durations_ms)) writeTest(name, [[`${name} works`, `await wait(${wait_ms});`]]);
  const each = Array.from({ length: heavy.tests }, (_, at) => [`order ${at + 1}`, `await wait(${heavy.each_ms});`] as const);
  writeTest(heavy.name, each);
  for (const [name, wait_ms] of Object.entries(flaky)) {
    const marker = JSON.stringify(markerOf(name));
    const body = `await wait(${wait_ms}); const again = existsSync(${marker}); writeFileSync(${marker}, ""); assert.ok(again, "no answer in time");`;
    writeTest(name, [[`${name} works`, body]]);
  }
}

const markerOf = (name: string) => join(root, `tried-${name}`);

function launch(name: string, args: readonly string[], addresses: readonly string[], cwd?: string): Started {
  const process = start(args, {
    cwd,
    environment: {
      SHARDWRIGHT_ADMIN_TOKEN: adminToken,
      SHARDWRIGHT_API_KEY: adminToken,
      SHARDWRIGHT_DETECT_BROWSERS: "false",
      ...(addresses.length > 0 && { SHARDWRIGHT_COORDINATOR: addresses.join(",") }),
    },
  });
  started.set(name, process);
  return process;
}

async function ask(address: string, path: string): Promise<unknown> {
  const response = await fetch(`${address}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${adminToken}` },
    signal: AbortSignal.timeout(5000),
  });
  return response.json();
}

const clusterOf = async (address: string): Promise<ClusterStatus> => clusterStatusSchema.parse(await ask(address, "cluster"));
const chartOf = async (address: string, run: string): Promise<RunChart> =>
  runChartSchema.parse(await ask(address, `runs/${run}/chart`));

/** Three that are one cluster. @returns the address of each by its name */
async function startCoordinators(): Promise<ReadonlyMap<string, string>> {
  const addresses = new Map<string, string>();
  for (const name of ["north", "south", "west"]) {
    const port = await freePort();
    const [first] = addresses.values();
    const joining = first === undefined ? [] : ["--coordinator-addresses", first];
    launch(
      name,
      ["coordinator", "--port", String(port), "--state-dir", join(root, name), "--coordinator-id", name, ...joining],
      [],
    );
    const address = `http://127.0.0.1:${port}`;
    await until(`the coordinator ${name}`, async () => (await fetch(`${address}/readyz`)).ok);
    addresses.set(name, address);
  }
  const [first = ""] = addresses.values();
  await until("three voters", async () => (await clusterOf(first)).tolerates === 1);
  return addresses;
}

/** Begins a run of the suite. @returns its id, when it is there */
async function begin(key: string, addresses: readonly string[]): Promise<{ readonly run: string; readonly process: Started }> {
  for (const name of Object.keys(flaky)) rmSync(markerOf(name), { force: true });
  const process = launch(key, ["run", "--run-key", key, "--project", "shop", "--publish", "none"], addresses, suite);
  let run = "";
  await until(`the run ${key}`, async () => {
    const { runs } = (await ask(addresses[0] ?? "", `runs?run_key=${key}&project=shop`)) as { runs: { id: string }[] };
    run = runs[0]?.id ?? "";
    return run !== "";
  });
  return { run, process };
}

const doneIn = ({ tasks }: RunChart) => tasks.status.filter((status) => status !== "pending" && status !== "leased").length;

/** Waits until that share of a run's tasks is done. */
async function untilDone(address: string, run: string, share: number): Promise<RunChart> {
  let chart: RunChart | undefined;
  await until(`${share} of the run`, async () => {
    chart = await chartOf(address, run);
    return doneIn(chart) >= share * chart.tasks.status.length;
  });
  if (chart === undefined) throw new Error("there is no chart");
  return chart;
}

/** A worker that has done something, and is in the middle of another one that is not the heavy file. */
function busyWorker({ attempts, workers: all, tasks }: RunChart): string {
  const done = (worker: number) =>
    attempts.worker.filter((each, at) => each === worker && (attempts.end_ms[at] ?? -1) >= 0).length;
  const running = attempts.end_ms.flatMap((end_ms, at) => (end_ms < 0 ? [at] : []));
  const [chosen] = running
    .filter((at) => tasks.file[attempts.task[at] ?? -1]?.includes(heavy.name) !== true)
    .map((at) => attempts.worker[at] ?? -1)
    .toSorted((a, b) => done(b) - done(a));
  const name = all[chosen ?? -1]?.name;
  if (name === undefined) throw new Error("no worker runs anything");
  return name;
}

function killNow(name: string): void {
  const process = started.get(name);
  if (process === undefined) throw new Error(`there is no process of ${name}`);
  console.log(`kill -9 ${name}`);
  process.child.kill("SIGKILL");
}

/** @returns the run's id, and who answers for it */
async function runThroughDeaths(): Promise<{ readonly run: string; readonly address: string }> {
  const coordinators = await startCoordinators();
  const addresses = [...coordinators.values()];
  for (const name of workers) {
    const worker = launch(name, ["worker", "--name", name, "--slots", "1"], addresses);
    await until(`the worker ${name}`, async () => worker.output().includes("is ready"));
  }
  // What took how long is known from then on, as it is in CI: the longest are dealt first, and the heavy file in parts.
  const first = await begin("ci-1041", addresses);
  console.log(`the first run: ${await first.process.exited}`);

  const { run, process } = await begin("ci-1042", addresses);
  const leader = (await clusterOf(addresses[0] ?? "")).leader?.address;
  const [leading] = [...coordinators].find(([, address]) => address === leader) ?? [];
  const address = addresses.find((each) => each !== leader);
  if (leading === undefined || address === undefined) throw new Error("nobody leads");
  killNow(busyWorker(await untilDone(address, run, 0.25)));
  await untilDone(address, run, 0.5);
  killNow(leading);
  const code = await process.exited;
  if (code !== 0) throw new Error(`the run did not pass: ${code}\n${process.output()}`);
  return { run, address };
}

async function takePictures(address: string, run: string): Promise<void> {
  const browser = await launchChromium();
  try {
    for (const colorScheme of schemes) {
      const context = await browser.newContext({ colorScheme, deviceScaleFactor: 2, reducedMotion: "reduce" });
      const page = await context.newPage();
      await page.setViewportSize({ width: 880, height: 1200 });
      await page.goto(`${address}/runs/${run}`);
      await signIn(page, adminToken);
      const timeline = page.locator("section[aria-label=Timeline]");
      await timeline.locator("canvas").waitFor();
      await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => undefined);
      await savePicture(timeline, "failover", colorScheme);
      await context.close();
    }
  } finally {
    await browser.close();
  }
}

try {
  writeSuite();
  const { run, address } = await runThroughDeaths();
  const [kept] = process.argv.slice(2);
  if (kept !== undefined) writeFileSync(join(kept, "chart.json"), JSON.stringify(await chartOf(address, run)));
  await takePictures(address, run);
  if (process.env["KEEP"]) {
    console.log(address, run);
    await new Promise(() => {});
  }
} finally {
  for (const { child } of started.values()) child.kill("SIGKILL");
  await Promise.all([...started.values()].map(({ exited }) => exited));
  const [logs] = process.argv.slice(2);
  if (logs !== undefined) for (const [name, { output }] of started) writeFileSync(join(logs, `${name}.log`), output());
  rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
