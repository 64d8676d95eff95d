import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { until } from "../processes.ts";
import { adminToken, startFleet, type Fleet } from "./fleet.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, report, hasReports } = useSuite();

test("a fleet: one coordinator a state directory, tokens by scope, two workers, a drain in the middle", async () => {
  for (let index = 0; index < 12; index += 1)
    write(`t${index}.test.js`, testOf("await new Promise((resolve) => setTimeout(resolve, 150));"));
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const second = fleet.toEnd(["coordinator", "--port", "0", "--state-dir", fleet.stateDir], {
    environment: { SHARDWRIGHT_ADMIN_TOKEN: adminToken },
  });
  const [worker, submit] = await Promise.all([fleet.token("worker"), fleet.token("submit")]);
  expect(await second).toMatchObject({ code: 3, output: expect.stringContaining("Another coordinator uses") as string });
  const refusals = Promise.all([
    fleet.toEnd(["worker", "--name", "x"], { key: submit }),
    fleet.toEnd(["run"], { key: worker, cwd: folder() }),
    fleet.toEnd(["run"], { key: "no-such-token-0123456789", cwd: folder() }),
  ]);
  const [one] = await Promise.all([fleet.worker("one", { key: worker }), fleet.worker("two", { key: worker })]);
  const reasons = ["worker is needed", "submit is needed", "No valid token"];
  for (const [index, { code, output }] of (await refusals).entries()) {
    expect(output).toContain(reasons[index]);
    expect(code).toBe(2);
  }
  expect(hasReports()).toBe(false);
  const running = fleet.launch(["run", "--max-retries", "0"], { cwd: folder(), key: submit });
  await until("some results", async () => running.output().includes("/12 done"));
  one.child.kill("SIGTERM");
  expect(await one.exited).toBe(0);
  expect(await running.exited).toBe(0);
  expect(report()).toMatchObject({ verdict: "passed", account: { discovered: 12, passed: 12 } });
  const runs = await fleet.toEnd(["runs", "--json"], { key: submit });
  expect((JSON.parse(runs.output) as { runs: object[] }).runs).toMatchObject([{ verdict: "passed" }]);
  fleet.coordinator.child.kill("SIGTERM");
  expect(await fleet.coordinator.exited).toBe(0);
});

describe("on a coordinator with small limits", () => {
  let fleet: Fleet;
  beforeAll(async () => (fleet = await startFleet({ args: ["--body-limit", "0.02"] })));
  afterAll(() => fleet.end());

  /** Waits for a run's end. */
  async function verdictOf(id = ""): Promise<string | undefined> {
    let run: { status?: string; verdict?: string } = {};
    await until(`the end of ${id}`, async () => {
      run = (await fleet.call("GET", `runs/${id}`)) as typeof run;
      return run.status === "ended";
    });
    return run.verdict;
  }

  test("a name is one worker's: a second one waits, and takes over when the first is killed", async () => {
    for (const name of ["a", "b", "c"]) write(`${name}.test.js`, testOf(""));
    const first = await fleet.worker("twin");
    const second = fleet.launch(["worker", "--name", "twin", "--slots", "1"]);
    await until("the refusal", async () => second.output().includes("A live worker is already called twin."));
    expect(second.output()).not.toContain("is ready");
    first.child.kill("SIGKILL");
    await until("the second worker", async () => second.output().includes("is ready"));
    const { code, output } = await fleet.toEnd(["run"], { cwd: folder() });
    expect(output).toContain("3 discovered = 3 passed");
    expect(code).toBe(0);
    second.child.kill("SIGTERM");
    expect(await second.exited).toBe(0);
  });

  test("a suite whose description is larger than the coordinator takes is refused with the remedy, and makes no run", async () => {
    for (let index = 0; index < 200; index += 1) write(`a-test-with-a-long-name-${index}.test.js`, "");
    const { code, output } = await fleet.toEnd(["run", "--project", "large"], { cwd: folder() });
    expect(output).toContain("larger than");
    expect(output).toContain("--body-limit");
    expect(code).toBe(3);
    expect(hasReports()).toBe(false);
    expect(await fleet.call("GET", "runs?project=large")).toMatchObject({ runs: [] });
  });

  test("task create: a command and a test, each a run of its own, the same key one run", async () => {
    write("check.mjs", `process.exit(process.argv[2] === "--right" ? 0 : 9);`);
    write("a.test.js", testOf(""));
    const create = (...args: string[]) => fleet.toEnd(["task", "create", ...args, "--project", "tasks"], { cwd: folder() });
    const command = ["--type", "command", "--test-file", "check.mjs", "--command", `"${process.execPath}" {file} {args}`];
    const [right, wrong, first, again] = await Promise.all([
      create(...command, "--name", "right", "--test-args=--right"),
      create(...command, "--name", "wrong"),
      create("--name", "one", "--runner", "node-test", "--test-file", "a.test.js", "--run-key", "nightly", "--json"),
      create("--name", "one", "--runner", "node-test", "--test-file", "a.test.js", "--run-key", "nightly", "--json"),
    ]);
    const ids = [right, wrong].map(({ output }) => output.trim());
    const [same, other] = [first, again].map(({ output }) => (JSON.parse(output) as { run: string }).run);
    expect(same).toBe(other);
    await fleet.worker("for-tasks");
    expect(await Promise.all([...ids, same].map(verdictOf))).toEqual(["passed", "failed", "passed"]);
    const shown = await fleet.toEnd(["runs", "show", ids[1] ?? ""]);
    expect(shown.output).toContain("1 discovered = 1 failed");
  });

  test("task create says what is wrong, and makes no run", async () => {
    const create = (...args: string[]) => fleet.toEnd(["task", "create", "--project", "none", ...args], { cwd: folder() });
    const refusals = await Promise.all([
      create("--name", "x", "--test-file", "a.test.js"),
      create("--name", "x", "--test-file", "../a.test.js", "--runner", "node-test"),
      create("--name", "x", "--test-file", "a.test.js", "--runner", "node-test", "--type", "dream"),
    ]);
    expect(refusals.map(({ code }) => code)).toEqual([2, 2, 2]);
    for (const [index, message] of ["not named", "file:", "type:"].entries()) expect(refusals[index]?.output).toContain(message);
    expect(await fleet.call("GET", "runs?project=none")).toMatchObject({ runs: [] });
  });

  test("doctor finds the coordinator, a token it refuses, and something else in its place", async () => {
    write("a.test.js", testOf(""));
    const stranger = createServer((_request, response) => response.writeHead(404).end("nothing here"));
    stranger.listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const elsewhere = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    const findings = async (environment: Record<string, string> = {}, key = adminToken) => {
      const { code, output } = await fleet.toEnd(["doctor", "--json"], { cwd: folder(), key, environment });
      const found = (JSON.parse(output) as { findings: { check: string; state: string; message: string }[] }).findings;
      return { code, states: Object.fromEntries(found.map(({ check, state }) => [check, state])), output };
    };
    const [good, refused, wrong] = await Promise.all([
      findings(),
      findings({}, "no-such-token-0123456789"),
      findings({ SHARDWRIGHT_COORDINATOR: elsewhere }),
    ]);
    stranger.close();
    expect(good).toMatchObject({ code: 0, states: { node: "ok", coordinator: "ok", "suite node-test": "ok" } });
    expect(refused).toMatchObject({ code: 2, states: { coordinator: "error" } });
    expect(refused.output).toContain("shardwright token create");
    expect(wrong).toMatchObject({ code: 2, states: { coordinator: "error" } });
    expect(wrong.output).toContain("is not Shardwright's");
  });

  test.skipIf(process.platform === "win32")("a worker runs nothing outside its workspace roots, by no link either", async () => {
    const outside = mkdtempSync(join(tmpdir(), "outside-"));
    try {
      write("a.test.js", testOf(""));
      symlinkSync(folder(), join(outside, "link"));
      const confined = await fleet.worker("confined", { args: ["--workspace-root", outside, "--label", "confined"] });
      const { code, output } = await fleet.toEnd(["run", "--hardware-requirements", "confined", "--max-retries", "0"], {
        cwd: folder(),
      });
      expect(output).toContain("outside the folders this worker may use");
      expect(code).toBe(3);
      expect(report()).toMatchObject({ verdict: "errored", account: { discovered: 1, errored: 1 } });
      const { run } = (await fleet.call("POST", "tasks", {
        type: "test",
        name: "by a link",
        runner: "node-test",
        file: "a.test.js",
        requirements: { tags: ["confined"] },
        workspace: { kind: "dir", path: join(outside, "link") },
      })) as { run: string };
      expect(await verdictOf(run)).toBe("errored");
      confined.child.kill("SIGTERM");
      expect(await confined.exited).toBe(0);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });
});
