import { ShardwrightError } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { ClusterMemberOptions } from "../coordinator.ts";
import type { LogWriter } from "../ledger/log-writer.ts";
import type { Certificates } from "../security/certificates.ts";
import { newMemberId } from "../ledger/prepare-log.ts";
import { findCluster } from "./find-cluster.ts";

interface MemberSources {
  readonly adminToken: string;
  readonly certificates: Certificates | undefined;
  /** The highest version of facts that this node can apply. */
  readonly facts: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Who this node is: what its log says; else a new member, of the cluster that it is to join, or of its own. */
export async function memberFor(
  { found }: Pick<LogWriter, "found">,
  cluster: ClusterMemberOptions,
  sources: MemberSources,
): Promise<{ id: string; founds?: string; joins?: string }> {
  if (found.record !== undefined) return { id: found.record.identity.node };
  const id = newMemberId(cluster.name);
  const { addresses = [], signal = new AbortController().signal } = cluster;
  const { clusterName = "default" } = cluster;
  if (addresses.length === 0) return { id, founds: clusterName };
  const name = await findCluster({ addresses, ...sources, signal });
  if (!name.startsWith(`${clusterName}.`))
    throw new ShardwrightError("usage", {
      problem: `The coordinators at ${addresses.join(", ")} belong to the cluster ${name}, not to one called ${clusterName}.`,
      remedy: "Check --coordinator-addresses and --coordinator-cluster.",
    });
  return { id, joins: name };
}

/**
 * A disk that votes as a witness has no tables, and one with tables is none: neither becomes the other.
 * @throws ShardwrightError `usage`
 */
export function refuseOtherRole(
  { found }: Pick<LogWriter, "found">,
  stateDir: string,
  { isWitness = false, addresses = [] }: ClusterMemberOptions,
): void {
  const isNew = found.record === undefined && found.formerFacts.length === 0;
  const wasWitness = found.record?.isWitness === true;
  if (isNew && isWitness && addresses.length === 0)
    throw new ShardwrightError("usage", {
      problem: "A witness has no tables, so it cannot found a cluster: it joins one.",
      remedy: "Name a coordinator that runs: --coordinator-addresses http://…",
    });
  if (isNew || wasWitness === isWitness) return;
  throw new ShardwrightError("usage", {
    problem: isWitness
      ? `${stateDir} belongs to a coordinator with tables: it cannot become a witness.`
      : `${stateDir} belongs to a witness: it has no tables to serve from.`,
    remedy: isWitness
      ? "Give the witness a --state-dir of its own, or start this one without --witness."
      : "Start it with --witness, or give --state-dir a directory of its own.",
  });
}
