import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ShardwrightError } from "@shardwright/core";
import type { Configuration, Entry, Index, Member, Term } from "@shardwright/raft";
import { knownSchema, openDatabase } from "../database/open.ts";
import { decodeFacts } from "../ledger/fact-entry.ts";
import type { AppliedFact } from "../ledger/ledger.ts";
import { guard } from "../ledger/log-error.ts";
import { type FoundLog, LogFile, type NodeRecord } from "../ledger/log-file.ts";
import { toShardwrightError } from "../ledger/log-writer.ts";
import { isCopy, newClusterId } from "../ledger/prepare-log.ts";
import { isRemoved, unmarkRemoved } from "../ledger/removed-mark.ts";
import { snapshotName } from "../ledger/snapshot-thread.ts";
import { createProjections } from "../projections/apply.ts";
import { leaveFencesOut } from "./fences.ts";
import { knownFactKinds } from "./manifest.ts";

/** What a coordinator that does not run has on its disk. Of several survivors, the one with the latest entry is to be kept. */
export interface Survey {
  readonly cluster: string;
  readonly member: string;
  /** The last entry: a later term is later, and in the same term a higher index. */
  readonly last: { readonly index: Index; readonly term: Term };
  /** The last entry that the tables hold: it and all before it are known to be committed. */
  readonly applied: Index;
  readonly position: number;
  /** As of the last entry. */
  readonly members: readonly Member[];
  /** It was removed from its cluster, and may lack what came since. */
  readonly isRemoved: boolean;
}

export interface Recovered extends Survey {
  /** The cluster's name from now on. */
  readonly newCluster: string;
}

/**
 * Looks at a coordinator's state directory and changes nothing in it.
 * @throws ShardwrightError `usage` where there is none, `database-in-use` while the coordinator runs, `database-damaged`, `database-newer`
 */
export function surveyState(stateDir: string): Survey {
  return withLog(stateDir, (_log, { survey }) => survey);
}

/**
 * Makes a coordinator that does not run the only voter of a cluster of a new name, for when the majority of its cluster is lost for ever.
 * It keeps all that it has, to the end of its log, also what may never have been acknowledged: the tables take it over, and a new log
 * begins after it. Members of the cluster of before are not heard any more, alive or not, since their cluster has another name.
 * @throws ShardwrightError as `surveyState`; nothing was changed then
 */
export function recoverState(stateDir: string): Recovered {
  return withLog(stateDir, (log, found) => {
    const { survey, record } = found;
    const { cluster, member, last } = survey;
    const newCluster = newClusterId(cluster.slice(0, cluster.lastIndexOf(".")));
    const term = Math.max(record.hard.term, last.term) + 1;
    const address = survey.members.find(({ id }) => id === member)?.address ?? "";
    const configuration: Configuration = { members: [{ id: member, votes: true, address }] };
    refuseUnknown(stateDir, found.entries);
    const base = { index: last.index + 1, term, configuration };
    // From here on nobody of the cluster before hears it; what follows may break off, and be done again.
    log.moveTo(
      { cluster: newCluster, node: member },
      {
        token: 0,
        hard: { term, vote: undefined },
        entries: [{ index: base.index, term, kind: "configuration", configuration }],
      },
    );
    fillTables(join(stateDir, "state.db"), found, base.index);
    log.begin({ identity: { cluster: newCluster, node: member }, hard: { term, vote: undefined }, base }, []);
    unmarkRemoved(stateDir);
    return { ...survey, newCluster };
  });
}

interface Found {
  readonly survey: Survey;
  readonly record: NodeRecord;
  readonly entries: readonly Entry[];
  /** A copy of tables that are behind the log. */
  readonly copy: string | undefined;
}

/** Opens the log, whose lock keeps every coordinator away meanwhile. */
function withLog<T>(stateDir: string, work: (log: LogFile, found: Found) => T): T {
  const path = join(stateDir, "ledger.db");
  if (!existsSync(path))
    throw new ShardwrightError("usage", {
      problem: `${stateDir} is no coordinator's state directory: it has no ledger.db.`,
      remedy: "Name with --state-dir what the coordinator was started with.",
    });
  let log: LogFile | undefined;
  try {
    log = new LogFile(path, "full");
    return work(log, look(stateDir, path, log.read()));
  } catch (error) {
    throw toShardwrightError(error);
  } finally {
    log?.close();
  }
}

function look(stateDir: string, path: string, { record, entries, damagedUpTo }: FoundLog): Found {
  if (record === undefined) throw damaged(path, "it was never opened by a coordinator of this version");
  const { base, identity, loss, snapshot } = record;
  const last = { index: base.index + entries.length, term: entries.at(-1)?.term ?? base.term };
  if (record.isWitness === true)
    throw new ShardwrightError("usage", {
      problem: `${identity.node} is a witness: it has no tables.`,
      remedy: "Recover the cluster from another one that is left, or from a backup.",
    });
  if (damagedUpTo !== undefined) throw damaged(path, `entry ${last.index + 1} does not match its checksum`);
  if (loss !== undefined) throw damaged(path, `it lost entries, up to ${loss.upTo}, and did not get all of them again`);
  const { applied, position } = readTables(join(stateDir, "state.db"));
  if (applied > last.index) throw damaged(path, `its tables know entry ${applied}, but its last one is ${last.index}`);
  const isBehind = applied < base.index;
  const copy =
    isBehind && snapshot !== undefined ? join(stateDir, "snapshots", snapshotName(snapshot.index, snapshot.digest)) : undefined;
  if (isBehind && (copy === undefined || snapshot === undefined || !isCopy(copy, snapshot.digest)))
    throw damaged(
      path,
      `its tables know entry ${applied}, but it begins after entry ${base.index}, and no copy of them is whole`,
    );
  const { members } = entries.findLast((entry) => entry.kind === "configuration")?.configuration ?? base.configuration;
  const survey: Survey = {
    cluster: identity.cluster,
    member: identity.node,
    last,
    applied,
    position,
    members,
    isRemoved: isRemoved(stateDir),
  };
  return { survey, record, entries, copy };
}

/** @throws ShardwrightError `usage` for facts that could not be applied */
function refuseUnknown(stateDir: string, entries: readonly Entry[]): void {
  const known = new Set(knownFactKinds());
  for (const entry of entries) {
    const unknown = entry.kind === "data" ? decodeFacts(entry.data).bodies.find(({ type }) => !known.has(type)) : undefined;
    if (unknown === undefined) continue;
    throw new ShardwrightError("usage", {
      problem: `${stateDir} has facts of the kind ${unknown.type}, which this version does not know.`,
      remedy: "Upgrade Shardwright. Nothing was changed.",
    });
  }
}

/** Applies to the tables what the log has beyond them. @param index of the entry after which the new log begins */
function fillTables(path: string, { entries, copy }: Found, index: Index): void {
  const { database, client } = openDatabase(path);
  try {
    const projections = createProjections(database, client);
    if (copy !== undefined) projections.restore(copy);
    const added: AppliedFact[] = [];
    let { position } = projections;
    for (const entry of entries) {
      if (entry.kind !== "data" || entry.index <= projections.applied) continue;
      const { at_ms, bodies, texts } = decodeFacts(entry.data);
      for (const [at, body] of bodies.entries()) {
        position += 1;
        added.push({ fact: { position, at_ms, body }, text: texts[at] ?? "", entry: entry.index });
      }
    }
    projections.apply(added, index);
    projections.settle();
    projections.close();
    leaveFencesOut(client);
    // The log is about to rest on it.
    client.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    client.close();
  }
}

/** How far the tables are; tables that are not there are made anew from the log. */
function readTables(path: string): { applied: number; position: number } {
  if (!existsSync(path)) return { applied: 0, position: 0 };
  return guard(path, () => {
    const tables = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    try {
      const schema = Number(tables.prepare("PRAGMA user_version").get()?.["user_version"]);
      if (schema > knownSchema) throw new ShardwrightError("database-newer", { path, found: schema, known: knownSchema });
      const found = String(tables.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"]);
      if (found !== "ok") throw damaged(path, found);
      const progress = tables.prepare("SELECT applied, position FROM progress WHERE id = 1").get();
      return { applied: Number(progress?.["applied"] ?? 0), position: Number(progress?.["position"] ?? 0) };
    } finally {
      tables.close();
    }
  });
}

function damaged(path: string, reason: string): ShardwrightError {
  return new ShardwrightError("database-damaged", { path, reason });
}
