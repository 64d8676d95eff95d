import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusterStatusSchema, type ClusterStatus } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { testOf, useSuite } from "../cli/suite.ts";
import { start, until, type Started } from "../processes.ts";

const adminToken = "admin-token-of-these-tests-0123456789abcdef";
const { folder, write, report } = useSuite();
const path = (name: string) => join(folder(), name);

interface Node {
  readonly address: string;
  readonly child: ChildProcess;
}

async function startNode(root: string, name: string, others: readonly Node[]): Promise<Node> {
  const stateDir = join(root, name);
  mkdirSync(stateDir);
  const args = [
    join(import.meta.dirname, "cluster-node.ts"),
    name,
    stateDir,
    adminToken,
    ...others.map(({ address }) => address),
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { address: line.toString().trim(), child };
}

async function statusOf({ address }: Node): Promise<ClusterStatus> {
  const response = await fetch(`${address}/api/v1/cluster`, { headers: { authorization: `Bearer ${adminToken}` } });
  return clusterStatusSchema.parse(await response.json());
}

/** The node that the others take for the leader, and which says so itself. */
async function leaderAmong(nodes: readonly Node[]): Promise<Node> {
  let leader: Node | undefined;
  await until("a leader", async () => {
    const statuses = await Promise.all(nodes.map(statusOf));
    leader = nodes[statuses.findIndex(({ role }) => role === "leader")];
    return leader !== undefined && statuses.every((status) => status.leader?.address === leader?.address);
  });
  if (leader === undefined) throw new Error("nobody leads");
  return leader;
}

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
  const root = mkdtempSync(join(tmpdir(), "failover-cluster-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const first = await startNode(root, "a", []);
  const nodes = [first, ...(await Promise.all(["b", "c"].map((name) => startNode(root, name, [first]))))];
  await until("three voters", async () => (await statusOf(first)).tolerates === 1);
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
