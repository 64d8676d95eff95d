import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { testOf, useSuite } from "../cli/suite.ts";
import { start, until, type Started } from "../processes.ts";
import { adminToken, leaderAmong, startNodes } from "./nodes.ts";

const { folder, write, report } = useSuite();
const path = (name: string) => join(folder(), name);

function launch(args: readonly string[], addresses: readonly string[], cwd?: string): Started {
  const environment = { SHARDWRIGHT_COORDINATOR: addresses.join(","), SHARDWRIGHT_API_KEY: adminToken };
  const started = start(args, { cwd, environment });
  onTestFinished(async () => {
    started.child.kill("SIGKILL");
    await started.exited;
  });
  return started;
}

test("of three coordinators the leader is killed while tests run: worker and run go on, and each test runs once", async () => {
  const nodes = await startNodes(3);
  const leader = await leaderAmong(nodes);
  const others = nodes.filter((node) => node !== leader);
  // Listed last, so that it is reached because answers name it.
  const addresses = [...others, leader].map(({ address }) => address);

  for (const name of ["one", "two"]) {
    const at = (file: string) => JSON.stringify(path(file));
    write(
      `${name}.test.js`,
      testOf(
        `appendFileSync(${at("started")}, "${name}\\n");
        while (!existsSync(${at(`gate-${name}`)})) await new Promise((resolve) => setTimeout(resolve, 20));`,
        'import { appendFileSync, existsSync } from "node:fs";',
      ),
    );
  }
  appendFileSync(path("started"), "");
  const started = () =>
    readFileSync(path("started"), "utf8")
      .split("\n")
      .filter((line) => line !== "");
  const worker = launch(["worker", "--name", "one", "--slots", "1", "--reconnect-interval", "0.5"], addresses);
  const running = launch(["run"], addresses, folder());
  await until("a first test", async () => started().length === 1);
  const [now = ""] = started();

  leader.child.kill("SIGKILL");
  await once(leader.child, "exit");
  await leaderAmong(others);
  writeFileSync(path(`gate-${now}`), "");
  await until("the second test", async () => started().length === 2);
  writeFileSync(path(now === "one" ? "gate-two" : "gate-one"), "");

  expect([await running.exited, existsSync(path("shardwright-report"))], running.output()).toEqual([0, true]);
  const account = report().tasks.map(({ file, attempts }) => `${file}: ${attempts.map(({ status }) => status).join()}`);
  expect(account.toSorted()).toEqual(["one.test.js: passed", "two.test.js: passed"]);
  expect(started().toSorted()).toEqual(["one", "two"]);
  expect(report().notices).toEqual([]);
  expect(worker.output()).not.toContain("registered again");
});
