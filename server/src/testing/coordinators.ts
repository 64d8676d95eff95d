import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClusterStatus, failoverProfiles } from "@shardwright/core";
import { expect } from "vitest";
import { type ClusterMemberOptions, type Coordinator, type CoordinatorOptions, startCoordinator } from "../coordinator.ts";
import { eventsOf, submissionOf } from "./world.ts";

export const adminToken = "admin-token-of-these-tests-0123456789";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly body: any;
}

/** Real coordinators on disks of their own, spoken to over HTTP; all of it is gone at the end. */
export class Coordinators implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "coordinators-"));
  readonly #open = new Set<Coordinator>();

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open].map((coordinator) => coordinator.close({ drain_ms: 100 })));
    rmSync(this.directory, { recursive: true, force: true });
  }

  stateDir(name: string): string {
    return join(this.directory, name);
  }

  async start(
    name: string,
    cluster: ClusterMemberOptions = {},
    port = 0,
    options: Partial<CoordinatorOptions> = {},
  ): Promise<Coordinator> {
    const stateDir = this.stateDir(name);
    mkdirSync(stateDir, { recursive: true });
    const coordinator = await startCoordinator({
      stateDir,
      port,
      log: "silent",
      adminToken,
      ...options,
      cluster: { name, timings: failoverProfiles.fast, ...cluster },
    });
    this.#open.add(coordinator);
    return coordinator;
  }

  async stop(coordinator: Coordinator): Promise<void> {
    this.#open.delete(coordinator);
    await coordinator.close({ drain_ms: 100 });
  }

  /** Three voters, named a, b and c, who change nothing about their members by themselves. */
  async three(options: Partial<CoordinatorOptions> = {}): Promise<[Coordinator, Coordinator, Coordinator]> {
    const manual = { autoRecovery: false };
    const first = await this.start("a", manual, 0, options);
    const joins = { ...manual, addresses: [first.address] };
    const others = await Promise.all([this.start("b", joins, 0, options), this.start("c", joins, 0, options)]);
    for (const each of others) await this.add(each, first);
    await this.untilVoters(3, [first, ...others]);
    return [first, ...others];
  }

  /** Makes a coordinator that waits a voter, by way of another one. */
  async add(coordinator: Coordinator, through: Coordinator): Promise<void> {
    const { address } = coordinator;
    const { body } = await call(through, "POST", "/api/v1/cluster/add", { address });
    const { id } = body as { id: string };
    const promote = () => call(through, "POST", `/api/v1/cluster/members/${id}/promote?caught_up=true`);
    await expect.poll(async () => (await promote()).status, { timeout: 20_000, interval: 20 }).toBe(204);
  }

  async untilVoters(count: number, all: readonly Coordinator[]): Promise<void> {
    for (const each of all)
      await expect
        .poll(async () => (await status(each)).members.filter(({ role }) => role === "voter").length, { timeout: 20_000 })
        .toBe(count);
  }

  async leader(all: readonly Coordinator[]): Promise<Coordinator> {
    let leader: Coordinator | undefined;
    await expect
      .poll(
        async () => {
          for (const each of all) if ((await status(each)).role === "leader") leader = each;
          return leader;
        },
        { timeout: 20_000 },
      )
      .toBeDefined();
    if (leader === undefined) throw new Error("nobody leads");
    return leader;
  }
}

/** Asks, and asks again as clients do while there is no leader. */
export async function call(
  { address }: Pick<Coordinator, "address">,
  method: string,
  path: string,
  json?: unknown,
  token = adminToken,
): Promise<Answer> {
  for (let turn = 1; ; turn += 1) {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    // oxlint-disable-next-line typescript/no-unsafe-assignment -- tests look into answers of every shape
    const answer: Answer = {
      status: response.status,
      headers: response.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    if (answer.status !== 503 || turn === 100) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function status(coordinator: Coordinator): Promise<ClusterStatus> {
  return (await call(coordinator, "GET", "/api/v1/cluster")).body as ClusterStatus;
}

/** A worker that is there, and does at once what it is dealt. */
export async function newWorker(coordinator: Pick<Coordinator, "address">, name = "one"): Promise<string> {
  const capabilities = { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} };
  const registration = { name, instance: `instance-of-${name}`, slots: 1, capabilities, version: "1" };
  return ((await call(coordinator, "POST", "/api/v1/workers", registration)).body as { worker: string }).worker;
}

/** Submits a run and plays it to its end. @returns its id */
export async function playRun(
  coordinator: Coordinator,
  worker: string,
  runKey: string,
  files = ["a.test.js"],
  overrides: Parameters<typeof submissionOf>[1] = {},
): Promise<string> {
  const answer = await call(coordinator, "POST", "/api/v1/runs", submissionOf(files, { run_key: runKey, ...overrides }));
  expect(answer).toMatchObject({ status: 200 });
  const { run } = answer.body as { run: string };
  for (let left = files.length; left > 0;) {
    const { leases } = (await call(coordinator, "POST", `/api/v1/workers/${worker}/leases`, { slots: 1, wait_ms: 5000 })).body;
    for (const lease of leases)
      for (const { task } of lease.tasks) {
        const answer = await call(coordinator, "POST", `/api/v1/workers/${worker}/results`, { events: eventsOf(lease, task) });
        expect(answer.status).toBe(200);
        left -= 1;
      }
  }
  return run;
}
