import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { clusterStatusSchema, type ClusterStatus } from "@shardwright/core";
import { onTestFinished } from "vitest";
import { until } from "../processes.ts";

export const adminToken = "admin-token-of-these-tests-0123456789abcdef";
export const authorization = `Bearer ${adminToken}`;

/** One coordinator of a cluster, in a process of its own. */
export interface Node {
  readonly address: string;
  readonly child: ChildProcess;
  readonly stateDir: string;
  /** Its log. */
  readonly log: () => string;
}

async function startNode(stateDir: string, name: string, others: readonly Node[]): Promise<Node> {
  mkdirSync(stateDir, { recursive: true });
  const addresses = others.map(({ address }) => address);
  const args = [join(import.meta.dirname, "cluster-node.ts"), name, stateDir, adminToken, ...addresses];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { address: line.toString().trim(), child, stateDir, log: () => log };
}

/**
 * One that is alone, or three that are one cluster.
 * @param stateDirOf where each has its state directory
 */
export async function startNodes(count: 1 | 3, stateDirOf: (name: string) => string = inTemporaryFolder()): Promise<Node[]> {
  const first = await startNode(stateDirOf("a"), "a", []);
  if (count === 1) return [first];
  const nodes = [first, ...(await Promise.all(["b", "c"].map((name) => startNode(stateDirOf(name), name, [first]))))];
  await until("three voters", async () => (await statusOf(first)).tolerates === 1);
  return nodes;
}

/** Starts one that has ended with the disk that it had. */
export function startAgain({ stateDir }: Node): Promise<Node> {
  return startNode(stateDir, basename(stateDir), []);
}

function inTemporaryFolder(): (name: string) => string {
  const root = mkdtempSync(join(tmpdir(), "failover-cluster-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return (name) => join(root, name);
}

export async function statusOf({ address }: Node, limit_ms = 5000): Promise<ClusterStatus> {
  const signal = AbortSignal.timeout(limit_ms);
  const response = await fetch(`${address}/api/v1/cluster`, { headers: { authorization }, signal });
  return clusterStatusSchema.parse(await response.json());
}

/** The node that the others take for the leader, and which says so itself. */
export async function leaderAmong(nodes: readonly Node[]): Promise<Node> {
  let leader: Node | undefined;
  await until("a leader", async () => {
    const statuses = await Promise.all(nodes.map((node) => statusOf(node)));
    leader = nodes[statuses.findIndex(({ role }) => role === "leader")];
    return leader !== undefined && statuses.every((status) => status.leader?.address === leader?.address);
  });
  if (leader === undefined) throw new Error("nobody leads");
  return leader;
}

/** The series of `/metrics`, by name and labels as they are written there. */
export async function metricsOf({ address }: Node): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${address}/metrics`, { headers: { authorization } });
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

export async function kill(node: Node): Promise<void> {
  node.child.kill("SIGKILL");
  await once(node.child, "exit");
}
