import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { UnreliableProxy } from "../../packages/client/src/testing/unreliable-proxy.ts";
import { startFleet, type Fleet } from "../cli/fleet.ts";
import { testOf, useSuite } from "../cli/suite.ts";
import { freePort, until } from "../processes.ts";

const { folder, write, report } = useSuite();
const path = (name: string) => join(folder(), name);
const linesOf = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), "utf8").trim().split("\n") : []);

/** A test that says when it starts and when it ends, and waits in between until the gate of its name is opened. */
function writeGated(name: string): void {
  const at = (file: string) => JSON.stringify(path(file));
  write(
    `${name}.test.js`,
    testOf(
      `console.log("${name} begins");
      appendFileSync(${at("started")}, "${name}\\n");
      while (!existsSync(${at(`gate-${name}`)})) await new Promise((resolve) => setTimeout(resolve, 20));
      console.log("${name} goes on");
      process.on("exit", () => appendFileSync(${at("ended")}, "${name}\\n"));`,
      'import { appendFileSync, existsSync } from "node:fs";',
    ),
  );
}

const openGate = (name: string) => writeFileSync(path(`gate-${name}`), "");
const hasStarted = (name: string) => until(`the start of ${name}`, async () => linesOf("started").includes(name));

async function proxiesTo(address: string, count: number): Promise<UnreliableProxy[]> {
  const proxies = await Promise.all(Array.from({ length: count }, () => UnreliableProxy.start(address)));
  onTestFinished(async () => {
    await Promise.all(proxies.map((proxy) => proxy.cut()));
  });
  return proxies;
}

const over = (proxies: readonly (UnreliableProxy | undefined)[], more: Record<string, string> = {}) => ({
  environment: { SHARDWRIGHT_COORDINATOR: proxies.map((proxy) => proxy?.address).join(","), ...more },
});

async function newFleet(): Promise<Fleet> {
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  return fleet;
}

/** What each test file came to: all attempts of it, and how often each of its cases was reported. */
const accountOf = () =>
  report()
    .tasks.map(({ file, status, attempts }) => `${file} ${status}: ${attempts.map(({ status: one }) => one).join()}`)
    .toSorted();

test("addresses are cut and fall silent one after the other: a running test, its log and its run go on, each thing once", async () => {
  writeGated("one");
  writeGated("two");
  const fleet = await newFleet();
  const [a, b, c] = await proxiesTo(fleet.address, 3);
  const worker = await fleet.worker("one", over([a, b, c], { SHARDWRIGHT_FAILOVER_TIMEOUT: "0.5" }));
  const running = fleet.launch(["run"], { cwd: folder(), ...over([a, c]) });
  await until("a first test", async () => linesOf("started").length === 1);
  const [first = ""] = linesOf("started");
  const second = first === "one" ? "two" : "one";
  const { runs } = (await fleet.call("GET", "runs")) as { runs: { id: string }[] };
  const log = fleet.launch(["runs", "log", runs[0]?.id ?? "", `${first}.test.js`], over([a, c]));
  await until("the log's beginning", async () => log.output().includes(`${first} begins`));

  await a?.cut();
  await b?.until(() => b.connections > 0);
  openGate(first);
  await hasStarted(second);
  const before = c?.connections ?? 0;
  b?.stall();
  await c?.until(() => c.connections > before);
  openGate(second);

  expect(await running.exited).toBe(0);
  expect(accountOf()).toEqual(["one.test.js passed: passed", "two.test.js passed: passed"]);
  expect(linesOf("started")).toEqual([first, second]);
  expect(await log.exited).toBe(0);
  expect(log.output().match(new RegExp(`${first} begins|${first} goes on|Attempt 1: passed`, "g"))).toEqual([
    `${first} begins`,
    `${first} goes on`,
    "Attempt 1: passed",
  ]);
  expect(worker.output()).not.toContain("registered again");
});

test("the coordinator is killed and comes back behind another address: what ran goes on, what ended meanwhile counts", async () => {
  writeGated("one");
  writeGated("two");
  const fleet = await newFleet();
  const later = `http://127.0.0.1:${await freePort()}`;
  const [a] = await proxiesTo(fleet.address, 1);
  const [b] = await proxiesTo(later, 1);
  const worker = await fleet.worker("both", { args: ["--slots", "2", "--reconnect-interval", "0.2"], ...over([a, b]) });
  const running = fleet.launch(["run"], { cwd: folder(), ...over([a, b]) });
  await hasStarted("one");
  await hasStarted("two");

  fleet.coordinator.child.kill("SIGKILL");
  await fleet.coordinator.exited;
  openGate("one");
  await until("the end of one", async () => linesOf("ended").includes("one"));
  await fleet.startAgain(later);
  await until("the result of one", async () => {
    const { runs } = (await fleet.call("GET", "runs")) as { runs: { account: { passed: number } }[] };
    return runs[0]?.account.passed === 1;
  });
  openGate("two");

  expect(await running.exited).toBe(0);
  expect(accountOf()).toEqual(["one.test.js passed: passed", "two.test.js passed: passed"]);
  expect(linesOf("started").toSorted()).toEqual(["one", "two"]);
  expect(worker.output()).not.toContain("registered again");
});

test("a worker that dies while no coordinator answers leaves its results on the disk, and the next one hands them in", async () => {
  writeGated("one");
  const fleet = await newFleet();
  const later = `http://127.0.0.1:${await freePort()}`;
  const [a] = await proxiesTo(fleet.address, 1);
  const [b] = await proxiesTo(later, 1);
  const home = path("home");
  const options = { args: ["--reconnect-interval", "0.2", "--workspace-dir", home], ...over([a, b]) };
  const worker = await fleet.worker("mortal", options);
  const running = fleet.launch(["run", "--max-retries", "0"], { cwd: folder(), ...over([a, b]) });
  await hasStarted("one");

  fleet.coordinator.child.kill("SIGKILL");
  await fleet.coordinator.exited;
  const kept = () => readdirSync(home).flatMap((name) => readFileSync(join(home, name), "utf8"));
  openGate("one");
  await until("the result on the disk", async () => kept().join("").includes('"finished"'));
  worker.child.kill("SIGKILL");
  await worker.exited;
  await fleet.startAgain(later);
  const next = await fleet.worker("mortal", options);

  expect(await running.exited).toBe(0);
  expect(accountOf()).toEqual(["one.test.js passed: passed"]);
  expect(linesOf("started")).toEqual(["one"]);
  expect(next.output()).toContain("Results that a worker before this one kept on the disk are handed in.");
  expect(kept()).toEqual([]);
});

test("run goes on without a coordinator only when none of its addresses answers, and names each", async () => {
  write("quick.test.js", testOf(""));
  const fleet = await newFleet();
  const [a, b] = await proxiesTo(fleet.address, 2);
  await a?.cut();
  const args = ["run", "--workers", "1", "--fallback-after", "1"];
  const first = await fleet.toEnd(args, { cwd: folder(), ...over([a, b]) });
  expect([first.code, report().notices.map(({ code }) => code)]).toEqual([0, []]);
  const { runs } = (await fleet.call("GET", "runs")) as { runs: { verdict: string }[] };
  expect(runs.map(({ verdict }) => verdict)).toEqual(["passed"]);

  await b?.cut();
  expect((await fleet.toEnd(args, { cwd: folder(), ...over([a, b]) })).code).toBe(0);
  const [notice] = report().notices;
  expect(notice?.code).toBe("fallback");
  for (const proxy of [a, b]) expect(notice?.message).toContain(`${proxy?.address}: connect ECONNREFUSED`);
  expect(((await fleet.call("GET", "runs")) as { runs: object[] }).runs).toHaveLength(1);
});

test("a wrong token ends a worker at once, whatever other addresses there are", async () => {
  const fleet = await newFleet();
  const [a, b] = await proxiesTo(fleet.address, 2);
  const { code, output } = await fleet.toEnd(["worker", "--name", "stranger"], { key: "wrong", ...over([a, b]) });
  expect(code).not.toBe(0);
  expect(output).toContain("No valid token");
  expect([a?.connections, b?.connections]).toEqual([1, 0]);
});
