import { rmSync } from "node:fs";
import { join } from "node:path";
import { fill, noSmallDisk } from "../../mounted-disk.ts";
import type { ChaosCluster } from "./cluster.ts";
import type { Member } from "./member.ts";
import { rollOver } from "./roll-over.ts";
import { clients, type LinkState } from "./network.ts";

const kinds = [
  ["kill", 4],
  ["kill all", 1],
  ["stop", 1],
  ["pause", 3],
  ["isolate", 3],
  ["do not hear", 2],
  ["do not let speak", 2],
  ["part two", 2],
  ["cut off from clients", 1],
  ["transfer", 2],
  ["replace", 1],
  ["fill the disk", 1],
] as const;
/** Comes once, in rounds that begin with the version of before. */
export const rollOverFault = "roll over";
type LinkFault = "isolate" | "do not hear" | "do not let speak" | "part two" | "cut off from clients";
export type FaultKind = (typeof kinds)[number][0] | typeof rollOverFault;

/** One thing that happens, as the seed drew it. */
export interface Fault {
  readonly kind: FaultKind;
  /** Whoever leads then; else the member of this number. */
  readonly isOfLeader: boolean;
  readonly member: number;
  readonly state: Exclude<LinkState, "open">;
  /** An operator removes the member that is gone for good. */
  readonly isRemoved: boolean;
  readonly after_ms: number;
  readonly lasts_ms: number;
}

/** @param count how many are drawn @param allowed which kinds */
export function drawFaults(random: () => number, count: number, allowed: (kind: FaultKind) => boolean = () => true): Fault[] {
  const possible = kinds.filter(([kind]) => allowed(kind) && (kind !== "fill the disk" || noSmallDisk === undefined));
  const total = possible.reduce((sum, [, weight]) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    let drawn = random() * total;
    const [kind] = possible.find(([, weight]) => (drawn -= weight) < 0) ?? ["kill" as const];
    return {
      kind,
      isOfLeader: random() < 0.6,
      member: Math.floor(random() * 3),
      state: random() < 0.5 ? "cut" : "stalled",
      isRemoved: random() < 0.85,
      after_ms: Math.floor(random() * 1200),
      lasts_ms: Math.floor(100 + random() * random() * 4000),
    };
  });
}

const pause = (duration_ms: number) => new Promise<void>((resolve) => setTimeout(resolve, duration_ms));
/** A coordinator that is told to stop lets requests under way finish, for 10 s at most. */
const stopLimit_ms = 20_000;
/** One whose ledger failed ends by itself; a busy machine may take its time. */
const endLimit_ms = 5000;

/** Lets a fault happen and heals it. @returns what happened; throws when what should have happened did not */
export async function play(fault: Fault, cluster: ChaosCluster): Promise<string> {
  const { members } = cluster;
  const { kind } = fault;
  if (kind === "kill all") return killAll(fault, cluster);
  if (kind === rollOverFault) return rollOver(cluster);
  const chosen = members[fault.member];
  const isOfDisk = kind === "fill the disk";
  const leader = fault.isOfLeader && !isOfDisk ? await cluster.leader() : undefined;
  const member = isOfDisk
    ? members.find(({ stateDir }) => stateDir.startsWith(`${cluster.smallDisk ?? "-"}/`))
    : (leader ?? chosen);
  if (member === undefined) return `${kind}: nobody`;
  const who = `${member.name}${leader === undefined ? "" : " (leader)"}`;
  switch (kind) {
    case "kill":
    case "stop":
    case "pause":
    case "replace":
    case "fill the disk": {
      // One process at a time: a second loss of three is what stops a cluster, and kills of all do that often enough.
      if (members.some(({ isBusy }) => isBusy)) return `${kind} ${who}: not while something else happens to a process`;
      member.isBusy = true;
      try {
        return `${kind} ${who}: ${await toProcess[kind](fault, member, cluster)}`;
      } finally {
        member.isBusy = false;
      }
    }
    case "transfer":
      await cluster.operate("POST", "/api/v1/cluster/transfer", {}, 1).catch(() => {});
      return "transfer";
    case "isolate":
    case "do not hear":
    case "do not let speak":
    case "part two":
    case "cut off from clients": {
      const links = linksOf(kind, member, cluster);
      for (const [from, to] of links) cluster.network.set(from, to, fault.state);
      await pause(fault.lasts_ms);
      for (const [from, to] of links) cluster.network.set(from, to, "open");
      return `${kind} ${who}: ${fault.state} for ${fault.lasts_ms} ms`;
    }
  }
}

function linksOf(kind: LinkFault, { name }: Member, { members }: ChaosCluster): (readonly [string, string])[] {
  const others = members.map((each) => each.name).filter((each) => each !== name);
  const hears = others.map((other) => [other, name] as const);
  const speaks = others.map((other) => [name, other] as const);
  switch (kind) {
    case "do not hear":
      return hears;
    case "do not let speak":
      return speaks;
    case "part two":
      return [...hears.slice(0, 1), ...speaks.slice(0, 1)];
    case "cut off from clients":
      return [[clients, name]];
    case "isolate":
      return [...hears, ...speaks];
  }
}

async function killAll({ lasts_ms }: Fault, cluster: ChaosCluster): Promise<string> {
  const { members } = cluster;
  if (members.some(({ isBusy }) => isBusy)) return "kill all: not while something else happens to a process";
  for (const member of members) member.isBusy = true;
  await cluster.killAll();
  await pause(lasts_ms / 2);
  for (const member of members) {
    cluster.restart(member);
    member.isBusy = false;
  }
  return `kill all: back after ${Math.round(lasts_ms / 2)} ms`;
}

type ProcessFault = "kill" | "stop" | "pause" | "replace" | "fill the disk";

const toProcess: Record<ProcessFault, (fault: Fault, member: Member, cluster: ChaosCluster) => Promise<string>> = {
  async kill({ lasts_ms }, member, cluster) {
    await member.kill();
    await pause(lasts_ms);
    cluster.restart(member);
    return `back after ${lasts_ms} ms`;
  },
  async stop({ lasts_ms }, member, cluster) {
    // Until it listens for it, the signal ends it at once.
    if ((await member.status()) === undefined) return "not now: it does not answer";
    member.signal("SIGTERM");
    const code = await member.ended(stopLimit_ms);
    if (code === undefined) {
      await member.report();
      await member.kill();
    }
    await pause(lasts_ms / 2);
    cluster.restart(member);
    if (code !== 0) throw new Error(`${member.name} was told to stop and ended with ${code ?? `nothing in ${stopLimit_ms} ms`}`);
    return `back after ${Math.round(lasts_ms / 2)} ms`;
  },
  async pause({ lasts_ms }, member) {
    member.signal("SIGSTOP");
    await pause(lasts_ms);
    member.signal("SIGCONT");
    return `for ${lasts_ms} ms`;
  },
  async replace({ lasts_ms, isRemoved }, member, cluster) {
    const before = await member.status();
    // Disks may be lost one at a time: what two of them had alone would be gone with both.
    if (before === undefined || !(await cluster.isWhole())) return "not now: not all of the three vote";
    await member.kill();
    await pause(lasts_ms / 2);
    member.replaceDisk();
    cluster.restart(member);
    await pause(lasts_ms / 2);
    // Otherwise the cluster has to find out by itself, which takes a minute.
    if (isRemoved) await cluster.operate("DELETE", `/api/v1/cluster/members/${before.id}`, undefined, 60);
    return `a new disk after ${Math.round(lasts_ms / 2)} ms, ${isRemoved ? `${before.id} removed` : "nobody removes the old one"}`;
  },
  async "fill the disk"({ lasts_ms }, member, cluster) {
    const ballast = join(cluster.smallDisk ?? "", "ballast");
    fill(ballast);
    let code = await member.ended(2000 + lasts_ms);
    rmSync(ballast);
    code ??= await member.ended(endLimit_ms);
    // It may have had nothing to write.
    if (code === undefined && !member.lastOutput.includes("the ledger failed")) return "it went on";
    if (code === undefined) {
      await member.report();
      await member.kill();
    }
    cluster.restart(member);
    if (code === undefined) throw new Error(`${member.name} has a ledger that failed and did not end`);
    return `it ended with ${code}`;
  },
};
