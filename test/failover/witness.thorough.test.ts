import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClusterStatus, type Lease, clusterStatusSchema, runReportSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { eventsOf, submissionOf } from "../../server/src/testing/world.ts";
import { freePort, start, until, type Started } from "../processes.ts";

const adminToken = "admin-token-of-these-tests-0123456789abcdef";
const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };

/** One coordinator, as an operator starts it. */
interface Place {
  readonly name: string;
  readonly port: number;
  process: Started;
}

/** Two coordinators with tables and a witness, each in a process of its own. */
class Cluster {
  readonly places: Place[] = [];
  readonly #root = mkdtempSync(join(tmpdir(), "failover-witness-"));

  constructor() {
    onTestFinished(async () => {
      for (const { process } of this.places) process.child.kill("SIGKILL");
      await Promise.all(this.places.map(({ process }) => process.exited));
      rmSync(this.#root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    });
  }

  async add(name: string): Promise<Place> {
    const port = await freePort();
    const place = { name, port, process: this.#launch(name, port) };
    this.places.push(place);
    await until(`${name} listens`, async () => place.process.output().includes(` on ${addressOf(place)}\n`));
    return place;
  }

  again(place: Place): void {
    place.process = this.#launch(place.name, place.port);
  }

  /** Asks one after the other until one does it, as clients do. */
  async ask(method: string, path: string, json?: object): Promise<unknown> {
    let answer: unknown;
    await until(`${method} ${path}`, async () => {
      for (const place of this.places) {
        const response = await fetch(`${addressOf(place)}/api/v1/${path}`, {
          method,
          headers,
          ...(json !== undefined && { body: JSON.stringify(json) }),
        }).catch(() => undefined);
        if (response?.ok !== true) continue;
        answer = await response.json();
        return true;
      }
      return false;
    });
    return answer;
  }

  #launch(name: string, port: number): Started {
    const known = this.places.map((place) => addressOf(place)).filter((address) => address !== `http://127.0.0.1:${port}`);
    const place = ["--port", String(port), "--state-dir", join(this.#root, name), "--coordinator-id", name];
    const role = name === "w" ? ["--witness"] : [];
    const others = known.length === 0 ? [] : ["--coordinator-addresses", known.join(",")];
    return start(["coordinator", ...place, "--failover-profile", "fast", ...role, ...others], {
      environment: { SHARDWRIGHT_ADMIN_TOKEN: adminToken },
    });
  }
}

const addressOf = ({ port }: Place): string => `http://127.0.0.1:${port}`;

async function statusOf(place: Place): Promise<ClusterStatus> {
  const response = await fetch(`${addressOf(place)}/api/v1/cluster`, { headers });
  return clusterStatusSchema.parse(await response.json());
}

async function kill({ process }: Place): Promise<void> {
  process.child.kill("SIGKILL");
  await process.exited;
}

test(
  "kill -9 of either one with tables, or of the witness: what was acknowledged is there, and work goes on",
  { timeout: 180_000 },
  async () => {
    const cluster = new Cluster();
    const a = await cluster.add("a");
    const w = await cluster.add("w");
    const b = await cluster.add("b");
    for (const { process } of cluster.places)
      await until("what it says", async () =>
        process.output().includes("3 coordinators vote, 1 of them a witness: 1 may be lost."),
      );
    expect(w.process.output()).toContain(`Shardwright witness on ${addressOf(w)}`);

    const files = Array.from({ length: 8 }, (_, number) => `f${number}.test.js`);
    const { run } = (await cluster.ask("POST", "runs", submissionOf(files))) as { run: string };
    const { worker } = (await cluster.ask("POST", "workers", {
      name: "one",
      instance: "instance-1",
      slots: 1,
      capabilities: { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} },
      version: "1",
    })) as { worker: string };
    const acknowledged: string[] = [];
    const work = async (): Promise<void> => {
      const { leases } = (await cluster.ask("POST", `workers/${worker}/leases`, { slots: 1, wait_ms: 5000 })) as {
        leases: Lease[];
      };
      for (const lease of leases)
        for (const { task } of lease.tasks) {
          await cluster.ask("POST", `workers/${worker}/results`, { events: eventsOf(lease, task) });
          acknowledged.push(files[task] ?? "");
        }
    };
    const hasAll = async (): Promise<void> => {
      const report = runReportSchema.parse(await cluster.ask("GET", `runs/${run}/report`));
      const passed = report.tasks.filter(({ status }) => status === "passed").map(({ file }) => file);
      expect(passed).toEqual(expect.arrayContaining(acknowledged));
    };
    const leads = async (place: Place): Promise<boolean> => (await statusOf(place)).role === "leader";
    const isWhole = (place: Place) =>
      until("it is back", async () => {
        const [one, other] = await Promise.all([statusOf(place), statusOf(w)]);
        return one.applied === one.last && other.applied === one.applied && one.leader !== undefined;
      });

    await work();
    // First whoever leads, then the one that led after that.
    for (let times = 0; times < 2; times += 1) {
      const leader = (await leads(a)) ? a : b;
      const other = leader === a ? b : a;
      await kill(leader);
      await until("the other one leads", () => leads(other));
      await work();
      await hasAll();
      cluster.again(leader);
      await isWhole(leader);
    }
    await kill(w);
    await work();
    await hasAll();
    cluster.again(w);
    await isWhole(a);
    while (acknowledged.length < files.length) await work();
    await until("the end of the run", async () => {
      const report = runReportSchema.parse(await cluster.ask("GET", `runs/${run}/report`));
      return report.verdict === "passed";
    });
  },
);
