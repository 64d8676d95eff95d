import { setTimeout as pause } from "node:timers/promises";
import { request } from "undici";
import { createClient } from "../../packages/client/src/index.ts";
import type { Cluster } from "./clusters.ts";
import { eventBase, leaseAll } from "./writes.ts";

/** How long one try may take, and how soon the next one follows at another address. */
const try_ms = 150;
const next_ms = 2;
const calm_ms = 1500;

/** One client that writes without pause to whoever answers. */
class Writer {
  /** When writes were acknowledged. */
  readonly acknowledged_ms: number[] = [];
  #isOver = false;
  readonly #loop: Promise<void>;

  constructor(cluster: Cluster, write: (address: string, number: number) => Promise<boolean>) {
    this.#loop = (async () => {
      let at = 0;
      let number = 0;
      while (!this.#isOver) {
        const address = cluster.addresses[at % cluster.addresses.length] ?? "";
        if (await write(address, number)) {
          this.acknowledged_ms.push(performance.now());
          number += 1;
        } else {
          at += 1;
          await pause(next_ms);
        }
      }
    })();
  }

  /** The first acknowledgement after a moment. */
  async after(moment_ms: number): Promise<number> {
    for (;;) {
      const found =
        this.acknowledged_ms.findLast((each) => each > moment_ms) === undefined
          ? undefined
          : this.acknowledged_ms.find((each) => each > moment_ms);
      if (found !== undefined) return found;
      await pause(1);
    }
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#loop;
  }
}

/** @returns for each trial how long nothing was acknowledged after the leader was killed (or, with SIGTERM, the longest gap) */
export async function failovers(cluster: Cluster, trials: number, signal: "SIGKILL" | "SIGTERM"): Promise<number[]> {
  const gaps_ms: number[] = [];
  for (let trial = 0; trial < trials; trial += 1) {
    const leader = await cluster.leader();
    const write = await writesFor(cluster, cluster.addresses[leader] ?? "");
    const writer = new Writer(cluster, write);
    await writer.after(performance.now());
    await pause(200);
    const killed_ms = performance.now();
    await cluster.kill(leader, signal);
    const first_ms = await writer.after(performance.now());
    if (signal === "SIGTERM") await pause(calm_ms);
    await writer.end();
    gaps_ms.push(signal === "SIGKILL" ? first_ms - killed_ms : longestGap(writer.acknowledged_ms, killed_ms));
    await cluster.kill(leader, "SIGKILL");
    await cluster.restart(leader);
    await pause(calm_ms);
  }
  return gaps_ms;
}

function longestGap(times_ms: readonly number[], from_ms: number): number {
  let longest = 0;
  times_ms.forEach((time, at) => {
    const before = times_ms[at - 1];
    if (before !== undefined && time > from_ms) longest = Math.max(longest, time - before);
  });
  return longest;
}

async function writesFor(cluster: Cluster, leader: string): Promise<(address: string, number: number) => Promise<boolean>> {
  const post = async (address: string, path: string, json: unknown): Promise<boolean> => {
    try {
      const { statusCode, body } = await request(`${address}${path}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(cluster.apiKey !== "" && { authorization: `Bearer ${cluster.apiKey}` }),
        },
        body: JSON.stringify(json),
        signal: AbortSignal.timeout(try_ms),
      });
      await body.dump();
      return statusCode === 200;
    } catch {
      return false;
    }
  };
  if (cluster.kind === "etcd") {
    const value = Buffer.from("x".repeat(256)).toString("base64");
    return (address) => post(address, "/v3/kv/put", { key: Buffer.from("failover").toString("base64"), value });
  }
  const client = createClient({ addresses: [leader], apiKey: cluster.apiKey });
  const [holder] = await leaseAll(client, 1, 1);
  await client.close();
  const { worker, leased = [] } = holder ?? {};
  const [task] = leased;
  if (task === undefined) throw new Error("nothing was leased");
  return (address, number) =>
    post(address, `/api/v1/workers/${worker}/results`, {
      events: [
        {
          type: "cases",
          ...eventBase(task),
          first: number,
          cases: [{ path: [`case ${number}`, "x".repeat(160)], ordinal: 0, status: "passed", duration_ms: 1, retries: 0 }],
        },
      ],
    });
}
