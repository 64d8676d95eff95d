import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { type Repair, ShardwrightError } from "@shardwright/core";
import {
  type Configuration,
  type Entry,
  type Index,
  type NodeId,
  type Snapshot,
  type Stored,
  founded,
  joining,
  votersOf,
} from "@shardwright/raft";
import { encodeFacts } from "./fact-entry.ts";
import type { Projections } from "./ledger.ts";
import type { Durability } from "./log-error.ts";
import type { Identity, NodeRecord } from "./log-file.ts";
import type { LogWriter } from "./log-writer.ts";
import type { SnapshotFiles } from "./snapshot-files.ts";
import { digestOf } from "./snapshot-thread.ts";

/** A log and the tables that it feeds. */
export interface LogOptions {
  /** Closed with the ledger, also when that cannot be opened. */
  readonly writer: LogWriter;
  /** The file of the log. */
  readonly path: string;
  readonly durability: Durability;
  readonly projections: Projections;
  /** For a new log: its name, and the cluster that will make it a member; without one it founds its own. */
  readonly node?: { readonly id: NodeId; readonly founds?: string; readonly joins?: string };
  readonly snapshots?: SnapshotFiles;
  /** Its projections are `noTables`. */
  readonly isWitness?: boolean;
}

/** A name that no other disk has had: one that was wiped, or copied back, is another member. */
export function newMemberId(name = `c-${randomBytes(4).toString("hex")}`): NodeId {
  return `${name}.${randomBytes(4).toString("hex")}`;
}

export interface PreparedLog {
  readonly stored: Stored;
  readonly identity: Identity;
  /** The copy of the tables that the log begins after; undefined for one that begins at its beginning. */
  readonly snapshot: Snapshot | undefined;
  /** What was not as it should be, and was set right. */
  readonly repairs: readonly Omit<Repair, "at">[];
}

/** A cluster's name, and a part that no other cluster has had: two that were founded, restored or recovered apart refuse each other. */
export function newClusterId(name = "default"): string {
  return `${name}.${randomBytes(4).toString("hex")}`;
}

/** Makes log and tables fit: a new log, one of the first version, one that is damaged, tables that are lost or behind. */
export async function prepareLog(options: LogOptions): Promise<PreparedLog> {
  const repairs: Omit<Repair, "at">[] = [];
  const { writer, projections, path, durability } = options;
  const { found } = writer;
  if (found.cut !== undefined)
    repairs.push({ kind: "tail-cut", what: `a write that a crash had cut short was left out: ${found.cut.frames} pages` });
  let { record } = found;
  let { entries } = found;
  if (record === undefined) {
    const id = options.node?.id ?? newMemberId();
    const configuration: Configuration = { members: [{ id, votes: true, address: "" }] };
    const stored = options.node?.joins === undefined ? founded(configuration) : joining();
    const former = found.formerFacts.map(({ at_ms, body }, at): Entry => {
      return { index: at + 2, term: 1, kind: "data", data: encodeFacts({ at_ms, texts: [body] }) };
    });
    if (former.length > 0)
      repairs.push({ kind: "upgraded", what: `${former.length} facts of a ledger of the first version became entries` });
    // Tables of before know nothing of entries; and there are none that fit a log that is new.
    if (projections.position > 0 && (former.length > 0 || durability === "relaxed")) projections.clear();
    entries = [...stored.entries, ...former];
    const cluster = options.node?.joins ?? newClusterId(options.node?.founds);
    const isWitness = options.isWitness === true;
    record = { identity: { cluster, node: id }, ...(isWitness && { isWitness }), hard: stored.hard, base: stored.base };
    await writer.begin(record, entries);
  }
  const { base } = record;
  const last = base.index + entries.length;
  if (found.damagedUpTo !== undefined) {
    record = afterDamage(record, entries, found.damagedUpTo, path);
    const what = `entries ${last + 1} to ${found.damagedUpTo} do not match their checksums: they are fetched from the other members`;
    repairs.push({ kind: "entries-lost", what });
    await writer.begin(record, entries);
  }
  if (found.damagedUpTo === undefined && record.loss !== undefined)
    repairs.push({
      kind: "entries-lost",
      what: `entries up to ${record.loss.upTo} are still to be fetched from the other members`,
    });
  const knew = projections.applied;
  if (knew < base.index) {
    restoreTables(record, options);
    repairs.push({
      kind: "tables-restored",
      what: `tables knew entry ${knew}, the log begins after ${base.index}: they are taken from the copy after ${projections.applied}`,
    });
  }
  if (knew > last && record.loss === undefined) {
    if (durability === "full") throw damaged(path, `its tables know entry ${knew}, but its last one is ${last}`);
    // The machine lost power before the last facts reached the disk, as `relaxed` allows: the tables follow the facts there are.
    if (base.index > 0) restoreTables(record, options);
    else projections.clear();
    repairs.push({
      kind: "tables-rebuilt",
      what: `tables knew entry ${knew}, and the last one of the log is ${last}: they are made again from it`,
    });
  }
  if (found.record !== undefined && projections.applied === 0 && last > 1)
    repairs.push({ kind: "tables-rebuilt", what: `tables were empty: they are made again from ${last} entries` });
  const stored = { hard: record.hard, base, entries, loss: record.loss };
  return { stored, identity: record.identity, snapshot: record.snapshot, repairs };
}

/** A member of a larger cluster gets from the others what it lost; whoever is alone must not guess. */
function afterDamage(record: NodeRecord, entries: readonly Entry[], upTo: Index, path: string): NodeRecord {
  const last = entries.findLast((entry) => entry.kind === "configuration");
  const configuration = last?.configuration ?? record.base.configuration;
  if (votersOf(configuration).length < 3)
    throw damaged(path, `entry ${record.base.index + entries.length + 1} does not match its checksum`);
  const known = record.loss?.upTo ?? 0;
  return { ...record, loss: { upTo: Math.max(upTo, known), term: record.hard.term } };
}

/** Takes the tables from the copy that the log begins after. @throws ShardwrightError `database-damaged` without a whole one */
function restoreTables({ base, snapshot }: NodeRecord, { projections, snapshots, path }: LogOptions): void {
  const copy = snapshot === undefined ? undefined : snapshots?.pathOf(snapshot);
  if (copy === undefined || snapshot === undefined || !isCopy(copy, snapshot.digest))
    throw damaged(
      path,
      `its tables know entry ${projections.applied}, but it begins after entry ${base.index}, and no copy of them is whole`,
    );
  projections.restore(copy);
}

/** Whether a copy of the tables is there and whole. */
export function isCopy(path: string, digest: string): boolean {
  return existsSync(path) && digestOf(path) === digest;
}

function damaged(path: string, reason: string): ShardwrightError {
  return new ShardwrightError("database-damaged", { path, reason });
}
