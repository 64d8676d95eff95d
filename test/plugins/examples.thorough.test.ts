import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort, start, until } from "../processes.ts";
import { Project, exampleKinds, examples, nodeTest } from "./project.ts";

const configOf = (...plugins: unknown[]) => `${JSON.stringify({ plugins })}\n`;

test("there is an example of each kind", () => {
  expect(exampleKinds).toEqual(
    ["dealing-policy", "metric-source", "notifier", "provider", "reporter", "runner", "recovery-strategy"].toSorted(),
  );
});

test.each(exampleKinds)("the example of a %s passes its own test", (kind) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--test"], { cwd: join(examples, kind), encoding: "utf8" });
  expect(status, `${stdout}${stderr}`).toBe(0);
});

test("the examples keep to the types that plugins are given", () => {
  const tsc = join(import.meta.dirname, "..", "..", "node_modules", ".bin", "tsc");
  const { stdout } = spawnSync(tsc, ["--noEmit", "-p", examples], { encoding: "utf8", shell: process.platform === "win32" });
  expect(stdout).toBe("");
});

test("runner: a framework that Shardwright does not know", async () => {
  using project = new Project();
  project.write("shardwright.config.json", configOf(project.install("runner")));
  project.write("tests/adds.tap.mjs", 'console.log("1..2\\nok 1 - adds\\nok 2 - rests # SKIP later");\n');
  const green = await project.run(["run", "--workers", "1"]);
  expect(green.output).toContain("2 = 1 passed + 1 skipped");
  expect(green.code).toBe(0);
  project.write("tests/breaks.tap.mjs", 'console.log("1..1\\nnot ok 1 - breaks");\nprocess.exitCode = 1;\n');
  project.write("tests/ends-early.tap.mjs", 'console.log("1..3\\nok 1 - begins");\n');
  const red = await project.run(["run", "--workers", "1", "--worker-processes", "--max-retries", "0"]);
  expect(red.output).toContain("3 discovered = 1 passed + 1 failed + 1 errored");
  expect(red.code).toBe(3);
}, 120_000);

test("provider: a CI system that Shardwright does not know", async () => {
  using project = new Project();
  project.write("shardwright.config.json", configOf(project.install("provider")));
  project.write("a.test.js", nodeTest());
  const environment = { CI: "true", BUILDKITE: "true", BUILDKITE_COMMIT: "0123456789abcdef", BUILDKITE_BRANCH: "topic" };
  expect((await project.run(["run", "--workers", "1"], { environment })).code).toBe(0);
  const { run } = JSON.parse(project.read("shardwright-report/report.json")) as { run: { context: object } };
  expect(run.context).toMatchObject({ provider: "buildkite", commit: "0123456789abcdef", branch: "topic" });
});

test("reporter: one more format beside the others", async () => {
  using project = new Project();
  project.write("shardwright.config.json", configOf(project.install("reporter")));
  project.write("a.test.js", nodeTest());
  expect((await project.run(["run", "--workers", "1", "--report-formats", "csv"])).code).toBe(0);
  expect(project.read("shardwright-report/report.csv")).toMatch(
    /^suite,file,status,flaky,attempts,seconds\nnode-test,a\.test\.js,passed,false,1,\d+\.\d{3}\n$/,
  );
});

test("notifier: whom it tells, and that it says so when it cannot", async () => {
  using project = new Project();
  const told: string[] = [];
  const server = createServer((request, response) => {
    told.push(String(request.headers["title"]));
    request.resume().once("end", () => response.writeHead(told.length === 1 ? 200 : 507).end());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const topic = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ours`;
  project.write("shardwright.config.json", configOf([project.install("notifier"), { topic }]));
  project.write("a.test.js", nodeTest());
  const args = ["run", "--workers", "1", "--max-retries", "0", "--project", "shop"];
  try {
    expect((await project.run(args)).code).toBe(0);
    expect(told).toEqual([]);
    project.write("a.test.js", nodeTest('throw new Error("no");'));
    expect((await project.run(args)).code).toBe(1);
    expect(told).toEqual([expect.stringContaining("shop")]);
    const refused = await project.run(args);
    expect(refused.output).toContain(
      "The plugin shardwright-plugin-ntfy failed in the notifier ntfy: the topic has answered 507. Nobody was told by it.",
    );
    expect(refused.code).toBe(1);
  } finally {
    server.close();
  }
  project.write("shardwright.config.json", configOf("shardwright-plugin-ntfy"));
  const without = await project.run(args);
  expect(without.output).toContain("The plugin shardwright-plugin-ntfy failed in setup: options.topic: give the topic's address");
  expect(without.code).toBe(1);
}, 120_000);

test("dealing policy: what is urgent runs first", async () => {
  using project = new Project();
  project.write("shardwright.config.json", configOf([project.install("dealing-policy"), { urgent: ["payments"] }]));
  const log = join(project.path, "log");
  for (const name of ["a", "b", "payments", "z"])
    project.write(
      `${name}.test.js`,
      `import { appendFileSync } from "node:fs";\nappendFileSync(${JSON.stringify(log)}, "${name} ");\n${nodeTest()}${name === "a" ? `// ${"long ".repeat(100)}` : ""}`,
    );
  const order = async (...more: string[]) => {
    project.write("log", "");
    const { code, output } = await project.run(["run", "--workers", "1", ...more]);
    expect(code, output).toBe(0);
    return project.read("log").trim().split(" ");
  };
  // Without a history, the largest file goes first.
  expect((await order())[0]).toBe("a");
  const urgent = await order("--dealing", "urgent-first");
  expect(urgent[0]).toBe("payments");
  expect(urgent.toSorted()).toEqual(["a", "b", "payments", "z"]);
}, 120_000);

test("recovery strategy: what is given up, and what goes elsewhere", async () => {
  using project = new Project();
  project.write("shardwright.config.json", configOf(project.install("recovery-strategy")));
  project.write("a.test.js", nodeTest('throw new Error("no");'));
  const args = ["run", "--workers", "1", "--max-retries", "1", "--recovery-strategies"];
  expect((await project.run([...args, "no-second-wait"])).code).toBe(1);
  const { tasks } = JSON.parse(project.read("shardwright-report/report.json")) as {
    tasks: { attempts: { recovery?: { action: string } }[] }[];
  };
  expect(tasks[0]?.attempts.map(({ recovery }) => recovery?.action)).toEqual(["elsewhere", "give-up"]);
  const unknown = await project.run([...args, "no-third-wait"]);
  expect(unknown.output).toContain("There is no recovery strategy no-third-wait.");
  expect(unknown.output).toContain("progressive, aggressive, minimal, no-second-wait");
  expect(unknown.code).toBe(2);
}, 120_000);

test("metric source: what a coordinator shows, on a fleet", async () => {
  using project = new Project();
  const admin = "admin-token-of-this-test-0123456789abcdef";
  project.write("shardwright.config.json", configOf(project.install("metric-source")));
  project.write("a.test.js", nodeTest());
  const address = `http://127.0.0.1:${await freePort()}`;
  const coordinator = start(["coordinator", "--port", new URL(address).port, "--state-dir", "state"], {
    cwd: project.path,
    environment: { SHARDWRIGHT_ADMIN_TOKEN: admin },
  });
  try {
    await until("the coordinator", async () => (await fetch(`${address}/readyz`)).ok);
    const environment = { SHARDWRIGHT_COORDINATOR: address, SHARDWRIGHT_API_KEY: admin };
    const run = await project.run(["run", "--workers", "1"], { environment });
    expect(run.code, run.output).toBe(0);
    const metrics = await (await fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${admin}` } })).text();
    expect(metrics).toContain('shardwright_plugin_verdicts_runs_total{verdict="passed"} 1');
    expect(metrics).toContain("shardwright_leases_total 1");
    // The name of a policy that this coordinator does not have is refused by it.
    const refused = await project.run(["run", "--workers", "1", "--dealing", "urgent-first"], { environment });
    expect(refused.output).toContain(
      "options.dealing: the coordinator has no dealing policy urgent-first (it has longest-first)",
    );
    expect(refused.code).toBe(2);
  } finally {
    coordinator.child.kill("SIGTERM");
    expect(await coordinator.exited, coordinator.output()).toBe(0);
  }
}, 120_000);

test("all of them at once, as `plugins list` and `doctor` show them", async () => {
  using project = new Project();
  project.write("a.test.js", nodeTest());
  const names = exampleKinds.map((kind) => project.install(kind));
  const plugins = names.map((name) => (name === "shardwright-plugin-ntfy" ? [name, { topic: "http://127.0.0.1:9/ours" }] : name));
  project.write("shardwright.config.json", configOf(...plugins));
  const { code, output } = await project.run(["plugins", "list"]);
  expect(code).toBe(0);
  for (const line of [
    "shardwright-plugin-tap 1.0.0\n  runner: tap",
    "shardwright-plugin-buildkite 1.0.0\n  provider: buildkite",
    "shardwright-plugin-csv 1.0.0\n  reporter: csv",
    "shardwright-plugin-ntfy 1.0.0\n  notifier: ntfy",
    "shardwright-plugin-urgent-first 1.0.0\n  dealing policy: urgent-first",
    "shardwright-plugin-no-second-wait 1.0.0\n  recovery strategy: no-second-wait",
    "shardwright-plugin-verdict-counts 1.0.0\n  metric source: verdicts\n  hooks: runEnded",
  ])
    expect(output).toContain(line);
  const doctor = await project.run(["doctor", "--json"]);
  const { findings } = JSON.parse(doctor.output.slice(doctor.output.indexOf("{"))) as {
    findings: { check: string; state: string }[];
  };
  expect(findings.filter(({ check }) => check.startsWith("plugin ")).map(({ state }) => state)).toEqual(names.map(() => "ok"));
});
