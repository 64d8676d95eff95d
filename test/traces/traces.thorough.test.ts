import { factVersions } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { Coordinators, adminToken, newWorker, playRun, status } from "../../server/src/testing/coordinators.ts";
import { startFleet } from "../cli/fleet.ts";
import { testOf, useSuite } from "../cli/suite.ts";
import { runToEnd } from "../processes.ts";
import { Collector, type ReceivedSpan } from "./collector.ts";

const { folder, write, report } = useSuite();
const parent = { trace: "4bf92f3577b34da6a3ce929d0e0e4736", id: "00f067aa0ba902b7" };

async function collect(): Promise<Collector> {
  const collector = await Collector.open();
  onTestFinished(() => collector[Symbol.asyncDispose]());
  return collector;
}

/** Each span once, below its parent in time and in its trace. @returns the run's own */
function checkTree(spans: readonly ReceivedSpan[], above = ""): ReceivedSpan {
  const byId = new Map(spans.map((span) => [span.id, span]));
  expect(byId.size).toBe(spans.length);
  const roots = spans.filter((span) => !byId.has(span.parent));
  expect(roots.map((span) => span.parent)).toEqual([above]);
  for (const span of spans) {
    expect(span.trace).toBe(roots[0]?.trace);
    expect(span.end_ms).toBeGreaterThanOrEqual(span.start_ms);
    const over = byId.get(span.parent);
    if (over === undefined) continue;
    expect(span.start_ms).toBeGreaterThanOrEqual(over.start_ms);
    expect(span.end_ms).toBeLessThanOrEqual(over.end_ms);
  }
  return roots[0] as ReceivedSpan;
}

/** One file that passes, one that fails at first and passes then, one that fails. */
function writeSuite(): void {
  write("good.test.js", testOf(""));
  write(
    "flaky.test.js",
    testOf(
      'if (!existsSync("seen")) { writeFileSync("seen", ""); throw new Error("first"); }',
      'import { existsSync, writeFileSync } from "node:fs";',
    ),
  );
  write("bad.test.js", testOf('throw new Error("always");'));
}

test("a run's trace has run, files, attempts and tests, at their true times, below the CI job's own span", async () => {
  const collector = await collect();
  writeSuite();
  const { code, output } = await runToEnd(["run", "--workers", "2", "--max-retries", "1", "--trace-cases", "100"], {
    cwd: folder(),
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.address,
      OTEL_EXPORTER_OTLP_HEADERS: "x-team=tests",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=ci",
      TRACEPARENT: `00-${parent.trace}-${parent.id}-01`,
    },
  });
  expect(code, output).toBe(1);
  const { run, tasks } = report();
  const { spans } = collector;
  const root = checkTree(spans, parent.id);
  expect(root).toMatchObject({ trace: parent.trace, name: "RUN default", kind: 2, status: 2 });
  expect(root.attributes).toMatchObject({
    "cicd.pipeline.run.id": run.id,
    "cicd.pipeline.result": "failure",
    "error.type": "failed",
  });
  expect(root.resource).toMatchObject({ "service.name": "shardwright", "deployment.environment.name": "ci" });
  expect(collector.headers[0]?.["x-team"]).toBe("tests");
  expect(root.start_ms).toBe(run.submitted_at_ms);
  expect(root.end_ms).toBe(run.submitted_at_ms + run.duration_ms);
  const named = (name: string) => spans.filter((span) => span.name === name);
  const children = (span: ReceivedSpan | undefined) => spans.filter((one) => one.parent === span?.id);
  const results = ["good.test.js", "flaky.test.js", "bad.test.js"].map((name) => {
    const [span] = named(name);
    expect(span?.parent).toBe(root.id);
    return [span?.attributes["cicd.pipeline.task.run.result"], children(span).map(({ status }) => status)];
  });
  expect(results).toEqual([
    ["success", [0]],
    ["success", [2, 0]],
    ["failure", [2, 2]],
  ]);
  const [flaky] = named("flaky.test.js");
  expect(flaky?.attributes).toMatchObject({
    "shardwright.flaky": true,
    "shardwright.attempts": 2,
    "cicd.pipeline.task.type": "test",
  });
  expect(flaky?.events).toMatchObject([
    { name: "shardwright.recovery", attributes: { "shardwright.recovery.action": "again", "shardwright.recovery.level": 1 } },
  ]);
  const [first] = children(flaky);
  const attempt = tasks.find(({ file }) => file === "flaky.test.js")?.attempts[0];
  expect(first?.start_ms).toBeCloseTo(run.submitted_at_ms + (attempt?.started_ms ?? 0), 1);
  expect(first?.attributes).toMatchObject({ "cicd.worker.name": attempt?.worker, "error.type": "assertion" });
  const cases = spans.filter((span) => "test.case.name" in span.attributes);
  expect(
    cases.map(({ attributes }) => String(attributes["test.case.result.status"])).toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(["fail", "fail", "fail", "pass", "pass"]);
  expect(children(first)).toMatchObject([{ name: "works", attributes: { "test.case.result.status": "fail" } }]);
});

test.each([
  ["hangs", "hang"],
  ["answers 500", 500],
  ["is busy", 503],
] as const)("a collector that %s keeps no run from ending as it would, and is named", async (_what, answer) => {
  const collector = await collect();
  collector.answer = answer;
  write("good.test.js", testOf(""));
  const run = (endpoint: string) =>
    runToEnd(["run", "--workers", "1"], { cwd: folder(), environment: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } });
  const { code, output } = await run(collector.address);
  expect(code, output).toBe(0);
  expect(collector.requests).toBeGreaterThan(0);
  expect(output).toMatch(/The trace of r-\w{16} was not sent/);
  if (answer !== 500) return;
  // Nobody listens there.
  const away = await run("http://127.0.0.1:9");
  expect(away.code, away.output).toBe(0);
  expect(away.output).toMatch(/was not sent/);
});

test("a trace is sent once, whoever leads when the run ends, and the next leader sends what the last one could not", async () => {
  const collector = await collect();
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.address;
  onTestFinished(() => void delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT);
  await using coordinators = new Coordinators();
  const all = await coordinators.three({ traces: {} });
  const leader = await coordinators.leader(all);
  const rest = all.filter((each) => each !== leader);
  await expect.poll(async () => (await status(leader)).facts).toBe(factVersions.version);
  const worker = await newWorker(leader);
  const runOnce = (key: string) => playRun(leader, worker, key);
  const first = await runOnce("first");
  await expect.poll(() => collector.spans.length).toBe(3);
  const root = checkTree(collector.spans);
  expect(root.attributes["cicd.pipeline.run.id"]).toBe(first);
  collector.answer = 503;
  const second = await runOnce("second");
  await expect.poll(() => collector.requests).toBeGreaterThan(1);
  await coordinators.stop(leader);
  collector.answer = 200;
  const next = await coordinators.leader(rest);
  await expect.poll(() => collector.spans.length, { timeout: 30_000 }).toBe(6);
  checkTree(collector.spans.filter(({ trace }) => trace !== root.trace));
  expect(collector.spans.filter(({ attributes }) => attributes["cicd.pipeline.run.id"] === second)).toHaveLength(1);
  // What it sends next comes after whatever it might send again.
  await playRun(next, await newWorker(next, "two"), "third");
  await expect.poll(() => collector.spans.length).toBe(9);
  const metrics = await (await fetch(`${next.address}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })).text();
  expect(metrics).toContain('shardwright_trace_spans_total{outcome="sent"} 6');
  expect(metrics).toContain('shardwright_trace_spans_total{outcome="dropped"} 0');
});

test("the terminal tells what a fleet did about a worker that was killed", async () => {
  write("slow.test.js", testOf("await new Promise((resolve) => setTimeout(resolve, 1500));"));
  write("quick.test.js", testOf(""));
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const doomed = await fleet.worker("doomed");
  const run = fleet.toEnd(["run", "--run-key", "killed"], { cwd: folder() });
  const runs = async () => (await fleet.call("GET", "runs")) as { runs: { id: string }[] };
  const timeline = async (query = "") => {
    const [known] = (await runs()).runs;
    return known === undefined
      ? { events: [] }
      : ((await fleet.call("GET", `runs/${known.id}/timeline${query}`)) as { events: { kind: string; file?: string }[] });
  };
  await expect
    .poll(async () => (await timeline()).events.some(({ kind, file }) => kind === "dealt" && file === "slow.test.js"), {
      timeout: 30_000,
    })
    .toBe(true);
  doomed.child.kill("SIGKILL");
  await fleet.worker("heir");
  expect((await run).code).toBe(0);
  const [known] = (await runs()).runs;
  const { output } = await fleet.toEnd(["runs", "timeline", known?.id ?? ""]);
  expect(output).toMatch(/worker doomed was lost/);
  expect(output).toMatch(/ended|passed: 2 discovered/);
  expect(output).not.toContain("dealt to");
  const all = await fleet.toEnd(["runs", "timeline", known?.id ?? "", "--all", "--limit", "2"]);
  expect(all.output).toMatch(/dealt to doomed[^]*more: --after 2/);
  const json = await fleet.toEnd(["runs", "timeline", known?.id ?? "", "--json"]);
  expect((JSON.parse(json.output) as { total: number }).total).toBeGreaterThan(2);
  expect((await fleet.toEnd(["runs", "timeline", known?.id ?? "", "--after", "-1"])).output).toContain(
    "--after is a whole number from 0",
  );
  expect((await fleet.toEnd(["runs", "timeline", "r-0000000000000000"])).output).toContain("r-0000000000000000");
});
