import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { shardwright } from "../commands.ts";

/** Three nodes on this machine, their data on its disk. */
export interface Cluster {
  readonly title: string;
  readonly kind: "ours" | "etcd";
  readonly apiKey: string;
  readonly addresses: readonly string[];
  /** Index of the node that leads. */
  leader(): Promise<number>;
  kill(node: number, signal: NodeJS.Signals): Promise<void>;
  restart(node: number): Promise<void>;
  /** Processor time of all nodes so far, where the system tells. */
  cpu_ms(): number;
  stop(): Promise<void>;
}

export interface ElectionTimings {
  readonly heartbeat_ms: number;
  readonly election_ms: number;
}

const patience_ms = 40_000;

/** @param program the built or checked-out command line */
export async function startOurs({ heartbeat_ms, election_ms }: ElectionTimings, program = shardwright): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), "bench-raft-"));
  const apiKey = randomBytes(32).toString("hex");
  const ports = await freePorts(3);
  const addresses = ports.map((port) => `http://127.0.0.1:${port}`);
  const nodes = new Nodes((node) => {
    const seconds = (ms: number) => String(ms / 1000);
    const args = [
      "coordinator",
      "--port",
      String(ports[node]),
      "--state-dir",
      join(directory, String(node)),
      "--coordinator-id",
      `n${node}`,
    ];
    args.push("--heartbeat-interval", seconds(heartbeat_ms));
    // As etcd draws it: between one and two timeouts.
    args.push("--election-timeout-min", seconds(election_ms), "--election-timeout-max", seconds(2 * election_ms));
    if (node > 0) args.push("--coordinator-addresses", addresses[0] ?? "");
    return spawn(process.execPath, [program, ...args], {
      env: { ...process.env, SHARDWRIGHT_ADMIN_TOKEN: apiKey },
      stdio: "ignore",
    });
  });
  const status = async (
    address: string,
  ): Promise<{ role: string; tolerates: number; members: { role: string }[] } | undefined> => {
    try {
      const response = await fetch(`${address}/api/v1/cluster`, {
        headers: { authorization: `Bearer ${apiKey}` },
        signal: AbortSignal.timeout(2000),
      });
      return (await response.json()) as { role: string; tolerates: number; members: { role: string }[] };
    } catch {
      return undefined;
    }
  };
  const cluster = clusterOf({
    title: "shardwright",
    kind: "ours",
    apiKey,
    addresses,
    nodes,
    directory,
    status,
    leads: ({ role }) => role === "leader",
  });
  nodes.start(0);
  await until("answers", () => status(addresses[0] ?? ""));
  nodes.start(1);
  nodes.start(2);
  await until("has three voters", async () => {
    const found = await status(addresses[2] ?? "");
    return found?.members.filter(({ role }) => role === "voter").length === 3 ? true : undefined;
  });
  return cluster;
}

/** etcd with its defaults but for the timings. */
export async function startEtcd({ heartbeat_ms, election_ms }: ElectionTimings): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), "bench-etcd-"));
  const ports = await freePorts(6);
  const addresses = ports.slice(0, 3).map((port) => `http://127.0.0.1:${port}`);
  const peers = ports.slice(3).map((port) => `http://127.0.0.1:${port}`);
  const members = peers.map((peer, node) => `n${node}=${peer}`).join(",");
  const nodes = new Nodes((node) => {
    const args = ["--name", `n${node}`, "--data-dir", join(directory, String(node)), "--initial-cluster", members];
    args.push(
      "--initial-cluster-state",
      "new",
      "--listen-client-urls",
      addresses[node] ?? "",
      "--advertise-client-urls",
      addresses[node] ?? "",
    );
    args.push("--listen-peer-urls", peers[node] ?? "", "--initial-advertise-peer-urls", peers[node] ?? "");
    args.push("--heartbeat-interval", String(heartbeat_ms), "--election-timeout", String(election_ms), "--log-level", "error");
    return spawn("etcd", args, { stdio: "ignore" });
  });
  const status = async (address: string) => {
    try {
      const response = await fetch(`${address}/v3/maintenance/status`, {
        method: "POST",
        body: "{}",
        signal: AbortSignal.timeout(2000),
      });
      const { header, leader } = (await response.json()) as { header?: { member_id: string }; leader?: string };
      return header === undefined || leader === undefined || leader === "0" ? undefined : { id: header.member_id, leader };
    } catch {
      return undefined;
    }
  };
  const cluster = clusterOf({
    title: "etcd",
    kind: "etcd",
    apiKey: "",
    addresses,
    nodes,
    directory,
    status,
    leads: ({ id, leader }) => id === leader,
  });
  for (const node of [0, 1, 2]) nodes.start(node);
  await cluster.leader();
  return cluster;
}

/** @param parts `status`: what a node says of itself, undefined while it says nothing of use; `leads`: whether that is said by a leader */
function clusterOf<Status>(
  parts: Pick<Cluster, "title" | "kind" | "apiKey" | "addresses"> & {
    readonly nodes: Nodes;
    readonly directory: string;
    readonly status: (address: string) => Promise<Status | undefined>;
    readonly leads: (status: Status) => boolean;
  },
): Cluster {
  const { title, kind, apiKey, addresses, nodes, directory, status, leads } = parts;
  return {
    title,
    kind,
    apiKey,
    addresses,
    leader: () =>
      until("has a leader", async () => {
        const all = await Promise.all(addresses.map(status));
        const at = all.findIndex((each) => each !== undefined && leads(each));
        return at === -1 ? undefined : at;
      }),
    kill: (node, signal) => nodes.kill(node, signal),
    async restart(node) {
      nodes.start(node);
      await until("is back", () => status(addresses[node] ?? ""));
    },
    cpu_ms: () => nodes.cpu_ms(),
    async stop() {
      await nodes.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

class Nodes {
  readonly #children: (ChildProcess | undefined)[] = [];
  readonly #spawn: (node: number) => ChildProcess;

  constructor(spawnNode: (node: number) => ChildProcess) {
    this.#spawn = spawnNode;
  }

  start(node: number): void {
    this.#children[node] = this.#spawn(node);
  }

  async kill(node: number, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children[node];
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    if (signal === "SIGKILL") await gone;
  }

  /** Linux's /proc: user and system time in ticks of 10 ms, fields 14 and 15. */
  cpu_ms(): number {
    let total = 0;
    for (const child of this.#children) {
      try {
        const fields =
          readFileSync(`/proc/${child?.pid ?? 0}/stat`, "utf8")
            .split(") ")[1]
            ?.split(" ") ?? [];
        total += 10 * (Number(fields[11]) + Number(fields[12]));
      } catch {
        // Another system, or a node that is gone.
      }
    }
    return total;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((_, node) => this.kill(node, "SIGKILL")));
  }
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end_ms = performance.now() + patience_ms;
  while (performance.now() < end_ms) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(20);
  }
  throw new Error(`the cluster has not come so far within ${patience_ms / 1000} s that it ${what}`);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
