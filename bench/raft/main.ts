import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { hasProgram, runTogether } from "../commands.ts";
import { goal, quantile, readNumbers } from "../options.ts";
import { type Cluster, startEtcd, startOurs } from "./clusters.ts";
import { failovers } from "./failover.ts";

/** etcd's own load generator, `go build ./tools/benchmark` in its sources. */
const etcdTool = process.env["ETCD_BENCHMARK"] ?? "";
const standard = { heartbeat_ms: 100, election_ms: 1000 };
const quick = { heartbeat_ms: 30, election_ms: 300 };

interface Shape {
  readonly clients: number;
  /** How many share a connection: the slots of a worker, and the clients that etcd's tool gives to one of its connections. */
  readonly together: number;
}

/** With 64 connections, as etcd's tool is mostly asked for, and with as many as there are clients. */
const shapes: readonly Shape[] = [
  { clients: 1, together: 1 },
  { clients: 64, together: 1 },
  { clients: 256, together: 4 },
  { clients: 256, together: 1 },
];

interface Load {
  readonly rate: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Of the clients; etcd's tool does not tell. */
  readonly cpu_us?: number;
}

/**
 * Three nodes on this machine beside three of etcd's: durable writes a second, and how long nothing is acknowledged after the leader's
 * death. etcd is written to by its own tool, if ETCD_BENCHMARK names it, and through its HTTP gateway by the same clients that write to us.
 */
export async function raft(args: string[]): Promise<boolean> {
  const numbers = readNumbers("raft", args, { seconds: 8, trials: 20, passes: 1 });
  if (numbers === undefined) return true;
  if (!hasProgram("etcd", ["--version"])) throw new Error("no etcd is on the path (Debian: etcd-server)");
  const { seconds, trials, passes } = numbers;
  const goals: boolean[] = [];
  const sides = [await startOurs(standard), await startEtcd(standard)];
  try {
    console.log(`Durable writes of 256 B, ${seconds} s each, best of ${passes}:`);
    for (const shape of shapes) goals.push(...(await loads(sides, shape, seconds, passes)));
  } finally {
    await Promise.all(sides.map((side) => side.stop()));
  }
  for (const timings of [standard, quick]) goals.push(await failover(timings, trials));
  return goals.every(Boolean);
}

async function loads(sides: readonly Cluster[], shape: Shape, seconds: number, passes: number): Promise<boolean[]> {
  const best = new Map<string, Load>();
  const keep = (title: string, load: Load) => {
    if ((best.get(title)?.rate ?? 0) < load.rate) best.set(title, load);
  };
  const cpu = new Map<string, number>();
  for (let pass = 0; pass < passes; pass += 1)
    for (const side of sides) {
      const before_ms = side.cpu_ms();
      // Through its gateway a connection of etcd's carries one request at a time.
      if (side.kind === "ours" || shape.together === 1) {
        keep(side.kind === "ours" ? side.title : "etcd, the same clients", await load(side, shape, seconds));
        cpu.set(side.title, (side.cpu_ms() - before_ms) / (10 * seconds));
      }
      if (side.kind === "etcd" && etcdTool !== "") keep("etcd, its own tool", await toolLoad(side, shape, seconds));
    }
  const { clients } = shape;
  const named = `${clients} clients on ${clients / shape.together}`;
  console.log(`  ${named} connections:`);
  for (const [title, { rate, p50_ms, p99_ms, cpu_us }] of best)
    console.log(
      `    ${title.padEnd(24)} ${rate.toFixed(0).padStart(6)}/s  p50 ${p50_ms.toFixed(2)} ms  p99 ${p99_ms.toFixed(2)} ms${cpu_us === undefined ? "" : `  ${cpu_us.toFixed(0)} µs of the clients' own a write`}`,
    );
  for (const [title, percent] of cpu) console.log(`    ${title}: its three nodes ${percent.toFixed(0)}% of a core`);
  const ours = best.get("shardwright");
  const theirs = best.get("etcd, its own tool") ?? best.get("etcd, the same clients");
  if (ours === undefined || theirs === undefined || clients === 1) return [];
  return [
    goal(ours.rate >= theirs.rate, `${named}: at least etcd's writes: ${(ours.rate / theirs.rate).toFixed(2)} ×`),
    goal(ours.p50_ms <= theirs.p50_ms, `${named}: p50 no worse: ${(ours.p50_ms / theirs.p50_ms).toFixed(2)} ×`),
  ];
}

async function load(cluster: Cluster, { clients, together }: Shape, seconds: number): Promise<Load> {
  const address = cluster.addresses[await cluster.leader()] ?? "";
  const ran = await runTogether([
    {
      program: process.execPath,
      args: [join(import.meta.dirname, "load.ts"), cluster.kind, ...[clients, clients / together, seconds].map(String), address],
      cwd: import.meta.dirname,
      environment: { API_KEY: cluster.apiKey },
    },
  ]);
  if (ran.code !== 0) throw new Error(`the clients ended with ${ran.code}: ${ran.output}`);
  const {
    writes = 0,
    took_s = 1,
    p50_ms = 0,
    p99_ms = 0,
    cpu_ms = 0,
  } = JSON.parse(ran.output.trim().split("\n").at(-1) ?? "") as Record<string, number>;
  return { rate: writes / took_s, p50_ms, p99_ms, cpu_us: (1000 * cpu_ms) / writes };
}

async function toolLoad(cluster: Cluster, { clients, together }: Shape, seconds: number): Promise<Load> {
  const address = (cluster.addresses[await cluster.leader()] ?? "").replace("http://", "");
  const total = clients === 1 ? 800 * seconds : 7000 * seconds;
  const args = ["--endpoints", address, "--target-leader", `--conns=${clients / together}`, `--clients=${clients}`];
  const ran = spawnSync(etcdTool, [...args, "put", "--key-size=8", "--sequential-keys", `--total=${total}`, "--val-size=256"], {
    encoding: "utf8",
  });
  const output = `${ran.stdout}${ran.stderr}`;
  const number = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? Number.NaN);
  return {
    rate: number(/Requests\/sec:\s+([\d.]+)/),
    p50_ms: 1000 * number(/50% in ([\d.]+) secs/),
    p99_ms: 1000 * number(/99% in ([\d.]+) secs/),
  };
}

async function failover(timings: typeof standard, trials: number): Promise<boolean> {
  console.log(`Failover at ${timings.heartbeat_ms}/${timings.election_ms} ms, ${trials} trials:`);
  const medians: number[] = [];
  let graceful: number[] = [];
  for (const start of [startOurs, startEtcd]) {
    const cluster = await start(timings);
    try {
      const gaps_ms = await failovers(cluster, trials, "SIGKILL");
      medians.push(quantile(gaps_ms, 0.5));
      console.log(
        `  ${cluster.title.padEnd(12)} kill -9: median ${quantile(gaps_ms, 0.5).toFixed(0)} ms  (${Math.min(...gaps_ms).toFixed(0)} to ${Math.max(...gaps_ms).toFixed(0)})`,
      );
      const gentle_ms = await failovers(cluster, Math.max(1, Math.ceil(trials / 4)), "SIGTERM");
      if (cluster.kind === "ours") graceful = gentle_ms;
      console.log(
        `  ${cluster.title.padEnd(12)} SIGTERM: longest gap, median ${quantile(gentle_ms, 0.5).toFixed(0)} ms  (up to ${Math.max(...gentle_ms).toFixed(0)})`,
      );
    } finally {
      await cluster.stop();
    }
  }
  const [ours = Number.NaN, theirs = Number.NaN] = medians;
  return [
    goal(ours <= theirs, `median no longer than etcd's: ${(ours / theirs).toFixed(2)} ×`),
    goal(quantile(graceful, 0.5) < 100, `graceful stop: gap under 100 ms: ${quantile(graceful, 0.5).toFixed(0)} ms`),
  ].every(Boolean);
}
