import { type Server, type Socket, connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { Lease } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { type Answer, call } from "../../server/src/testing/coordinators.ts";
import { eventsOf, submissionOf } from "../../server/src/testing/world.ts";
import { adminToken, leaderAmong, startNodes } from "../failover/nodes.ts";
import { describeInBrowsers } from "./in-browsers.ts";
import { openPage, patience_ms, signIn } from "./watched-page.ts";

const taskCount = 40;

describeInBrowsers("a failover under an open run", (browser) => {
  test("a page that a follower serves goes on when the leader is killed, without a reload and without a gap", async () => {
    const nodes = await startNodes(3);
    const leader = await leaderAmong(nodes);
    const [follower] = nodes.filter((node) => node !== leader);
    if (follower === undefined) throw new Error("there is no follower");
    await watchFailover(follower.address, follower.address, () => leader.child.kill("SIGKILL"));
  }, 240_000);

  test("a page that the leader served goes on with whoever answers at its address", async () => {
    const nodes = await startNodes(3);
    const leader = await leaderAmong(nodes);
    const [follower] = nodes.filter((node) => node !== leader);
    if (follower === undefined) throw new Error("there is no follower");
    const balancer = await startBalancer(leader.address);
    await watchFailover(balancer.address, follower.address, () => {
      leader.child.kill("SIGKILL");
      balancer.leadTo(follower.address);
    });
  }, 240_000);

  /** Plays a run by a coordinator that lives, while a page shows it. @param kill is called with some tasks done */
  async function watchFailover(shownAt: string, playedAt: string, kill: () => void): Promise<void> {
    const post: Post = (path, body) => call({ address: playedAt }, "POST", `/api/v1/${path}`, body, adminToken);
    const capabilities = { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} };
    const { body: registered } = await post("workers", {
      name: "one",
      instance: "instance-of-one",
      slots: 1,
      capabilities,
      version: "1",
    });
    const worker = `workers/${registered.worker}`;
    const heartbeats = setInterval(() => {
      post(`${worker}/heartbeat`, { fences: [] }).catch(() => undefined);
    }, 1000);
    onTestFinished(() => clearInterval(heartbeats));
    const files = Array.from({ length: taskCount }, (_, index) => `f${index}.test.js`);
    const { body: submitted } = await post("runs", submissionOf(files, { options: { speculation: false } }));
    const { page, faults } = await openPage(browser(), shownAt, `/runs/${submitted.run}`);
    await signIn(page, adminToken);
    await page.getByText("live", { exact: true }).waitFor();
    await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    // Beside it the list of runs, which asks once and is told the rest.
    const list = await page.context().newPage();
    list.setDefaultTimeout(patience_ms);
    await list.goto(shownAt);
    await list.getByRole("row", { name: /^key running/ }).waitFor();
    await list.getByText("live", { exact: true }).waitFor();
    let done = 0;
    const play = async (until: number): Promise<void> => {
      while (done < until) done += await playOne(post, worker);
      await page.getByText(`${done} of ${taskCount} tasks done`).waitFor();
    };
    await play(10);
    kill();
    await play(taskCount - 5);
    // Each is in the picture, though what it knows came in part from the coordinator that died: nothing asks for all of it before the end.
    const picture = (attempts: number) =>
      page.getByRole("application", { name: new RegExp(`^Timeline: ${attempts} attempts on 1 worker\\.`) }).waitFor();
    await picture(done);
    while (done < taskCount) done += await playOne(post, worker);
    await page.getByRole("heading", { level: 1 }).getByText("passed").waitFor();
    await page.getByText(`${taskCount} discovered = ${taskCount} passed`).first().waitFor();
    await picture(taskCount);
    await page.getByRole("list", { name: "Legend" }).getByText("failover").waitFor();
    await page.getByText("In words").click();
    await page.getByText(/began to lead, after [\w.-]+, which (?:was gone|fell silent)/).waitFor();
    await list.getByRole("row", { name: new RegExp(`^key passed ${taskCount} tasks `) }).waitFor();
    expect(await page.evaluate(() => "isSamePage" in globalThis)).toBe(true);
    expect(faults).toEqual([]);
    await page.context().close();
  }
});

type Post = (path: string, body: unknown) => Promise<Answer>;

/** @param worker its path @returns how many tasks passed */
async function playOne(post: Post, worker: string): Promise<number> {
  const { body } = await post(`${worker}/leases`, { slots: 1, wait_ms: 1000 });
  let passed = 0;
  for (const lease of (body.leases ?? []) as Lease[])
    for (const { task } of lease.tasks) {
      expect(await post(`${worker}/results`, { events: eventsOf(lease, task) })).toMatchObject({ status: 200 });
      passed += 1;
    }
  return passed;
}

/** What stands before coordinators and leads to one of them. */
interface Balancer {
  readonly address: string;
  readonly leadTo: (address: string) => void;
}

async function startBalancer(first: string): Promise<Balancer> {
  let target = new URL(first);
  const open = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [one, another] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(another);
      one.on("error", () => another.destroy());
      one.on("close", () => open.delete(one));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (address) => (target = new URL(address)),
  };
}
