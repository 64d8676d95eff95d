import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { stat } from "node:fs/promises";
import {
  type ClusterHealth,
  type ClusterStatus,
  type Comparison,
  type JoinRequest,
  type Readings,
  ShardwrightError,
  type UpdateReadiness,
  failoverProfiles,
} from "@shardwright/core";
import { type NodeId, isVoter, votersOf } from "@shardwright/raft";
import type { Context } from "hono";
import type { Logger } from "pino";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Clock, Timer } from "../clock.ts";
import type { ClusterMemberOptions } from "../coordinator.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import type { SnapshotFiles } from "../ledger/snapshot-files.ts";
import type { Certificates } from "../security/certificates.ts";
import { refuseStranger } from "../security/peers.ts";
import { BlobPuller } from "./blob-puller.ts";
import { compareTables } from "./compare.ts";
import { Digests } from "./digests.ts";
import { diskUseOf } from "./disk-use.ts";
import type { ElectionHistory } from "./election-history.ts";
import { ClusterFigures, type SnapshotFigures } from "./figures.ts";
import { Forwarder } from "./forwarding.ts";
import { type OutgoingLinks, acceptLink } from "./links.ts";
import { MemberHealth } from "./member-health.ts";
import { Membership } from "./membership.ts";
import { OtherCoordinators } from "./other-coordinators.ts";
import { OwnReadings } from "./own-readings.ts";
import { RemovalWatch } from "./removal.ts";
import { clusterStatusOf, membersOf } from "./status.ts";
import { updateObstaclesOf } from "./update-ready.ts";
import { Versions } from "./versions.ts";

export interface ClusterOptions {
  readonly ledger: RaftLedger;
  readonly links: OutgoingLinks;
  /** The database file of the tables, copies of it, and blobs: what a witness has not. */
  readonly tables?: { readonly path: string; readonly snapshots: SnapshotFiles; readonly blobs: BlobStore };
  readonly clock: Clock;
  readonly log: Logger;
  readonly adminToken: string;
  readonly version: string;
  readonly belonging: ClusterMemberOptions;
  readonly certificates: Certificates | undefined;
  /** The highest version of facts that this node can apply. */
  readonly facts: number;
  readonly autoRecovery: () => boolean;
  /** A leader whose health is below this hands over to one that is well; 0 for never. */
  readonly healthThreshold: () => number;
  readonly elections: ElectionHistory;
  readonly snapshotFigures: SnapshotFigures;
  readonly stateDir: string;
  /** Called once when this node was removed from its cluster. */
  readonly onRemoved: (error: ShardwrightError) => void;
  /** Called when the cluster will never take this node in. */
  readonly onRefused: (error: ShardwrightError) => void;
  /** @throws ShardwrightError for a token that may not do everything */
  readonly checkAdmin: (authorization: string | undefined) => void;
}

const announceAgain_ms = 1000;
const alarmAfter_ms = 10_000;
/** Those who are refused try again and again: each is told of once in this time, and so many are remembered. */
const refusedAgain_ms = 60_000;
const refusedLimit = 64;
/** How often it is looked whether there is a leader, and a connection to every member. */
const watch_ms = 500;
const probe_ms = 500;

/** A coordinator among coordinators. One that is alone has nobody to talk to, and can be joined at any time. */
export class Cluster {
  #digests: Digests | undefined;
  readonly #options: ClusterOptions;
  readonly figures: ClusterFigures;
  readonly #forwarder: Forwarder;
  readonly #others: OtherCoordinators;
  readonly #blobs: BlobPuller | undefined;
  readonly #sockets = new Set<Duplex>();
  readonly #removal: RemovalWatch;
  readonly #versions: Versions;
  readonly own: OwnReadings;
  readonly health: MemberHealth;
  #membership: Membership | undefined;
  #announcing: Timer | undefined;
  #watching: Timer | undefined;
  /** When whoever was refused was told of. */
  readonly #refused = new Map<string, number>();
  /** What was told last of who votes. */
  #voters = "";
  #isClosed = false;
  #areLinksClosed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { ledger, tables, adminToken, certificates, log, clock, belonging, onRemoved, snapshotFigures, facts } = options;
    const { node } = ledger.identity;
    this.figures = new ClusterFigures(snapshotFigures);
    this.#forwarder = new Forwarder({ node, certificates, figures: this.figures, log });
    this.#others = new OtherCoordinators({ adminToken, identity: ledger.identity, facts, certificates });
    this.#versions = new Versions({ ledger, clock, log, own: facts });
    this.#removal = new RemovalWatch({
      ledger,
      clock,
      log,
      others: this.#others,
      addresses: () => this.#known(),
      silence_ms: (belonging.timings ?? failoverProfiles.default).electionMax_ms,
      onRemoved,
    });
    this.own = new OwnReadings(ledger, clock, options.stateDir);
    this.health = new MemberHealth({
      ledger,
      clock,
      log,
      others: this.#others,
      own: this.own,
      elections: options.elections,
      threshold: options.healthThreshold,
      terms: belonging.handover,
    });
    if (tables === undefined) return;
    this.#digests = new Digests(ledger, tables.path, clock);
    const blobs = new BlobPuller({
      blobs: tables.blobs,
      adminToken,
      certificates,
      node,
      log,
      others: () => this.#otherAddresses(),
    });
    ledger.onApplied((facts) => blobs.applied(facts));
    this.#blobs = blobs;
  }

  /** A cluster of one agrees on all that it knows before anybody asks. */
  settle(): Promise<void> {
    return this.#versions.begin();
  }

  /** It listens: from now on others can be told where. */
  begin(address: string): void {
    const { ledger, clock, log, autoRecovery } = this.#options;
    this.#membership = new Membership({ ledger, versions: this.#versions, clock, log, autoRecovery, address });
    const { configuration } = ledger.consensus.log;
    const isAlone = configuration.members.length === 1 && isVoter(configuration, ledger.identity.node);
    if (!isAlone) void this.#announce(address);
    this.#watchLeader(clock.monotonic_ms(), false);
    this.health.begin();
  }

  /** Says once when nobody has led for too long, and once when somebody does again. */
  #watchLeader(led_ms: number, isAlarmed: boolean): void {
    const { ledger, clock, log, belonging } = this.#options;
    const { alarm_ms = alarmAfter_ms } = belonging;
    this.#keepLinks();
    this.#removal.look();
    this.#tellVoters();
    this.#watching = clock.after(Math.min(watch_ms, alarm_ms / 4), () => {
      const now_ms = clock.monotonic_ms();
      const isLed = ledger.consensus.leader !== undefined;
      const silent_ms = isLed ? 0 : now_ms - led_ms;
      const isTooLong = silent_ms > alarm_ms;
      if (isTooLong && !isAlarmed) log.error({ silent_ms }, "the cluster has no leader: is a majority of its voters up?");
      if (isLed && isAlarmed) log.warn("the cluster has a leader again");
      this.#watchLeader(isLed ? now_ms : led_ms, isTooLong);
    });
  }

  #tellVoters(): void {
    const { ledger, clock, version, links, belonging } = this.#options;
    const { onVoters } = belonging;
    if (onVoters === undefined) return;
    const { health } = this;
    const members = membersOf({
      ledger,
      clock,
      version,
      versions: this.#versions,
      health,
      versionOf: (id) => links.versionOf(id),
    });
    const voters = members.map(({ id, role }) => `${id} ${role}`).join();
    // Whoever is alone, and always was, need not be told so.
    if (voters === this.#voters || (this.#voters === "" && members.length < 2)) return;
    this.#voters = voters;
    onVoters(members);
  }

  async status(): Promise<ClusterStatus> {
    const { ledger, clock, version, elections, tables, links, stateDir, belonging } = this.#options;
    return clusterStatusOf({
      ledger,
      clock,
      version,
      elections,
      versionOf: (id) => links.versionOf(id),
      versions: this.#versions,
      snapshots: this.figures.snapshots,
      disk: await diskUseOf(stateDir),
      blobs_bytes: tables?.blobs.used_bytes ?? 0,
      waitingBlobs: this.waitingBlobs,
      isWitness: belonging.isWitness === true,
      health: this.health,
    });
  }

  /** How the members are. @throws ShardwrightError `no-leader` where this node does not lead */
  async memberHealth(): Promise<ClusterHealth> {
    const { leader, members, id } = await this.status();
    if (leader?.id !== id) throw new ShardwrightError("no-leader");
    return { leader: id, members: members.map(({ id: member, health, disk }) => ({ id: member, health, disk })) };
  }

  /** How this node is, as it tells its leader. */
  readings(): Promise<Readings> {
    return this.own.take();
  }

  /** Whether one coordinator may be stopped now. @throws ShardwrightError `no-leader` */
  async updateReadiness(): Promise<UpdateReadiness> {
    const { ledger, clock, belonging } = this.#options;
    const { members, facts } = await this.status();
    const { heartbeat_ms } = belonging.timings ?? failoverProfiles.default;
    const reasons = updateObstaclesOf({ ledger, versions: this.#versions, clock, heartbeat_ms });
    const { commit } = ledger.consensus;
    return { ready: reasons.length === 0, reasons, leader: ledger.identity.node, commit, facts, members };
  }

  /** Of this node's tables. @throws ShardwrightError `not-found` at a witness */
  get digests(): Digests {
    if (this.#digests === undefined) throw new ShardwrightError("not-found", { what: "table at a witness" });
    return this.#digests;
  }

  /** How long its disk has not answered, if that is longer than it may take. */
  get stalled_ms(): number | undefined {
    return this.#options.ledger.sync.stalled_ms;
  }

  /** Blobs that are still to be fetched. */
  get waitingBlobs(): number {
    return this.#blobs?.waiting ?? 0;
  }

  /** Where the leader is, as far as this node knows; undefined for this node itself. */
  get leaderAddress(): string | undefined {
    const { ledger } = this.#options;
    const { leader } = ledger.consensus;
    return leader === undefined || leader === ledger.identity.node ? undefined : ledger.addressOf(leader);
  }

  /** @throws ShardwrightError `no-leader`, `leadership-lost` */
  forward(context: Context): Promise<Response> {
    return this.#forwarder.forward(context, this.leaderAddress);
  }

  /**
   * @param facts the highest version of them that it can apply
   * @throws ShardwrightError `version-too-old`, `no-leader`, `membership-refused`
   */
  admit({ id, address, witness }: JoinRequest, facts: number): Promise<void> {
    return this.#members.admit({ id, address, isWitness: witness, facts });
  }

  remove(id: NodeId): Promise<void> {
    return this.#members.remove(id);
  }

  promote(id: NodeId, whenCaughtUp: boolean): Promise<void> {
    return this.#members.promote(id, whenCaughtUp);
  }

  /** @throws ShardwrightError `other-cluster` for one that speaks of another cluster, by whatever name it was reached */
  refuseOther(wanted: string | undefined, address: string): void {
    const { cluster } = this.#options.ledger.identity;
    if (wanted !== undefined && wanted !== cluster) throw new ShardwrightError("other-cluster", { address, cluster, wanted });
  }

  /**
   * Makes a learner of the coordinator that answers at an address.
   * @throws ShardwrightError `other-cluster`, `version-too-old`, `no-leader`, `membership-refused`
   */
  async add(address: string): Promise<{ id: NodeId }> {
    const members = this.#members;
    const { ledger } = this.#options;
    const { id, cluster, is_witness: isWitness, known_facts: facts } = await this.#others.statusAt(address);
    if (cluster !== ledger.identity.cluster)
      throw new ShardwrightError("other-cluster", { address, cluster, wanted: ledger.identity.cluster });
    await members.admit({ id, address, isWitness, facts });
    return { id };
  }

  /** Compares the tables of all members. @throws ShardwrightError `no-leader`, `leadership-lost`, `membership-refused` */
  compare(): Promise<Comparison> {
    const { ledger, clock } = this.#options;
    return compareTables({ ledger, clock, digests: this.digests, others: this.#others });
  }

  /** One member, as of now. @throws ShardwrightError `member-removed` for whoever is none, `no-leader` */
  async member(id: NodeId): Promise<ClusterStatus["members"][number]> {
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

  /** @throws ShardwrightError `membership-refused`, `no-leader` */
  transfer(to: NodeId | undefined): void {
    const refusal = this.#options.ledger.transfer(to);
    if (refusal === "not-leader") throw new ShardwrightError("no-leader");
    if (refusal !== undefined) throw new ShardwrightError("membership-refused", { reason: refusal });
  }

  /** @returns where a snapshot lies, if it is here */
  async snapshotFile(index: number, digest: string): Promise<{ path: string; bytes: number } | undefined> {
    const path = this.#options.tables?.snapshots.pathOf({ index, digest });
    if (path === undefined) return undefined;
    try {
      return { path, bytes: (await stat(path)).size };
    } catch {
      return undefined;
    }
  }

  /** Fetches a blob that is not here from another member. */
  async fetchBlob(sha256: string): Promise<boolean> {
    return (await this.#blobs?.fetch(sha256)) ?? false;
  }

  /** For the server's `upgrade`. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { ledger, links, checkAdmin, elections, log } = this.#options;
    if (this.#areLinksClosed) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    acceptLink(
      {
        check: (authorization, from) => {
          this.checkPeer(from);
          checkAdmin(authorization);
        },
        refused: ({ socket: { remoteAddress = "" } }, error) => this.#tellRefused(remoteAddress, error),
        cluster: () => ledger.identity.cluster,
        receive: (message) => {
          elections.heard(message);
          this.health.beat(message.from);
          ledger.receive(message);
        },
        learn: (node, introduction) => links.learn(node, introduction),
        connected: (node, facts) => {
          const forget = this.#versions.connected(node, facts);
          return () => {
            forget();
            this.#lost(node);
          };
        },
        log,
      },
      request,
      socket,
      head,
    );
  }

  /**
   * Lets nobody pass for a coordinator who shows no certificate of the cluster's authority, if there is one.
   * @throws ShardwrightError `peer-untrusted`
   */
  checkPeer(socket: Duplex): void {
    if (this.#options.certificates?.current.clusterCa !== undefined) refuseStranger(socket);
  }

  #tellRefused(from: string, { code, message, hint }: ShardwrightError): void {
    const { clock, log } = this.#options;
    const now_ms = clock.monotonic_ms();
    const key = `${from} ${code}`;
    if (now_ms < (this.#refused.get(key) ?? Number.NEGATIVE_INFINITY) + refusedAgain_ms) return;
    if (this.#refused.size >= refusedLimit) this.#refused.clear();
    this.#refused.set(key, now_ms);
    log.warn({ from, code, reason: message, hint }, "a connection of another coordinator was refused");
  }

  /** Leads no more, if somebody else can. */
  handOver(): Promise<void> {
    return this.#options.ledger.handOver();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#announcing?.cancel();
    this.#watching?.cancel();
    this.#membership?.close();
    this.#versions.close();
    this.health.close();
    this.own.close();
    this.#digests?.close();
    await Promise.all([this.#forwarder.close(), this.#blobs?.close(), this.#others.close()]);
  }

  /** Connections that other members hold; they go last, for until then there are votes to give. */
  closeLinks(): void {
    this.#areLinksClosed = true;
    this.#options.links.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  get #members(): Membership {
    if (this.#membership === undefined || this.#options.ledger.role !== "leader") throw new ShardwrightError("no-leader");
    return this.#membership;
  }

  /**
   * A connection from the leader broke. If nothing listens where it was, its process is gone, and the election need not wait for its
   * silence; a machine that is gone, or a network, says nothing of the kind.
   */
  #lost(node: string): void {
    const { ledger, elections } = this.#options;
    const address = ledger.consensus.leader === node && !this.#isClosed ? ledger.addressOf(node) : undefined;
    if (address === undefined) return;
    const { hostname, port, protocol } = new URL(address);
    const probe = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (protocol === "https:" ? 443 : 80)) });
    probe.setTimeout(probe_ms, () => probe.destroy());
    probe.once("connect", () => probe.destroy());
    probe.once("error", (error) => {
      if (!("code" in error) || error.code !== "ECONNREFUSED") return;
      if (ledger.consensus.leader === node) elections.gone();
      ledger.gone(node);
    });
  }

  /** To all other members, witnesses and learners as well. */
  #keepLinks(): void {
    const { ledger, links } = this.#options;
    const { members } = ledger.consensus.log.configuration;
    const others = members.filter(({ id, address }) => id !== ledger.identity.node && address !== "");
    // A node that joins knows nobody but who speaks to it.
    if (members.length > 0) links.keep(new Set(others.map(({ address }) => address)));
  }

  #otherAddresses(): readonly string[] {
    const { ledger } = this.#options;
    const { log, leader } = ledger.consensus;
    const others = log.configuration.members.filter(
      ({ id, address, isWitness }) => id !== ledger.identity.node && address !== "" && isWitness !== true,
    );
    return others.sort((one, other) => Number(other.id === leader) - Number(one.id === leader)).map(({ address }) => address);
  }

  /** Wherever somebody may know the cluster. */
  #known(): readonly string[] {
    return [...new Set([...(this.#options.belonging.addresses ?? []), ...this.#otherAddresses()])];
  }

  /** Tells the cluster where this node is, until the cluster knows. */
  async #announce(address: string): Promise<void> {
    const { ledger, clock, log, belonging, facts, onRefused } = this.#options;
    const { isWitness = false } = belonging;
    const own = ledger.identity.node;
    const { consensus } = ledger;
    const { members } = consensus.log.configurationAt(consensus.commit);
    const isKnown = members.some((member) => member.id === own && member.address === address);
    // Who was removed does not come back by itself.
    if (isKnown || this.#isClosed || this.#removal.hasLeft) return;
    // A leader whose own address changed tells itself.
    if (ledger.role === "leader" && votersOf({ members }).length > 0)
      await this.admit({ id: own, address, witness: isWitness }, facts).catch(() => {});
    else {
      const tried = this.#known().filter((each) => each !== address);
      const problems: string[] = [];
      for (const each of tried) {
        const isMember = members.some(({ id }) => id === own);
        const problem = await this.#others.askIn(each, { id: own, address, witness: isWitness }, isMember);
        if (problem === undefined) break;
        if (problem instanceof ShardwrightError) return onRefused(problem);
        problems.push(`${each}: ${problem}`);
      }
      if (problems.length === tried.length) log.warn({ problems }, "no coordinator has taken this one in yet");
    }
    if (!this.#isClosed) this.#announcing = clock.after(announceAgain_ms, () => void this.#announce(address));
  }
}
