import {
  type ClusterHealth,
  type ClusterStatus,
  type MemberStatus,
  ShardwrightError,
  type UpdateReadiness,
} from "@shardwright/core";
import type { NodeId } from "@shardwright/raft";
import { diskUseOf } from "./disk-use.ts";
import { type StatusSources, clusterStatusOf, membersOf } from "./status.ts";
import { updateObstaclesOf } from "./update-ready.ts";

export interface ClusterViewOptions extends Omit<StatusSources, "disk" | "blobs_bytes" | "waitingBlobs"> {
  readonly stateDir: string;
  readonly heartbeat_ms: number;
  readonly blobs_bytes: () => number;
  readonly waitingBlobs: () => number;
  /** Told who belongs to the cluster, once it is more than this node, and whenever it changes. */
  readonly onVoters: ((members: readonly MemberStatus[]) => void) | undefined;
}

/** What one node knows of its cluster, for operators, for the dashboard and for other members. */
export class ClusterView {
  readonly #options: ClusterViewOptions;
  /** What was told last of who votes. */
  #voters = "";

  constructor(options: ClusterViewOptions) {
    this.#options = options;
  }

  async status(): Promise<ClusterStatus> {
    const { stateDir, blobs_bytes, waitingBlobs, ...sources } = this.#options;
    const disk = await diskUseOf(stateDir);
    return clusterStatusOf({ ...sources, disk, blobs_bytes: blobs_bytes(), waitingBlobs: waitingBlobs() });
  }

  /** How the members are. @throws ShardwrightError `no-leader` where this node does not lead */
  async health(): Promise<ClusterHealth> {
    const { leader, members, id } = await this.status();
    if (leader?.id !== id) throw new ShardwrightError("no-leader");
    return { leader: id, members: members.map(({ id: member, health, disk }) => ({ id: member, health, disk })) };
  }

  /** Whether one coordinator may be stopped now. @throws ShardwrightError `no-leader` */
  async updateReadiness(): Promise<UpdateReadiness> {
    const { ledger, clock, versions, heartbeat_ms } = this.#options;
    const { members, facts } = await this.status();
    const reasons = updateObstaclesOf({ ledger, versions, clock, heartbeat_ms });
    const { commit } = ledger.consensus;
    return { ready: reasons.length === 0, reasons, leader: ledger.identity.node, commit, facts, members };
  }

  /** One member, as of now. @throws ShardwrightError `member-removed` for whoever is none, `no-leader` */
  async member(id: NodeId): Promise<MemberStatus> {
    const { ledger } = this.#options;
    await ledger.barrier();
    const { members } = await this.status();
    const member = members.find((each) => each.id === id);
    if (member !== undefined) return member;
    const { log, commit, role } = ledger.consensus;
    // Neither one that is being removed nor one that is being taken in: that may still come to nothing.
    if (role.kind !== "leader" || log.configurationIndex > commit) throw new ShardwrightError("no-leader");
    throw new ShardwrightError("member-removed", { id, cluster: ledger.identity.cluster });
  }

  /** Tells who votes, if that has changed since. */
  tellVoters(): void {
    const { onVoters } = this.#options;
    if (onVoters === undefined) return;
    const members = membersOf(this.#options);
    const voters = members.map(({ id, role }) => `${id} ${role}`).join();
    // Whoever is alone, and always was, need not be told so.
    if (voters === this.#voters || (this.#voters === "" && members.length < 2)) return;
    this.#voters = voters;
    onVoters(members);
  }
}
