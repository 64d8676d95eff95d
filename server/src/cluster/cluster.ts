import { stat } from "node:fs/promises";
import { type Comparison, type JoinRequest, type Readings, ShardwrightError, failoverProfiles } from "@shardwright/core";
import { type NodeId, isVoter } from "@shardwright/raft";
import type { Context } from "hono";
import type { Logger } from "pino";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Clock } from "../clock.ts";
import type { ClusterMemberOptions } from "../coordinator.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import type { SnapshotFiles } from "../ledger/snapshot-files.ts";
import type { Certificates } from "../security/certificates.ts";
import { Announcement } from "./announcement.ts";
import { BlobPuller } from "./blob-puller.ts";
import { ClusterView } from "./cluster-view.ts";
import { compareTables } from "./compare.ts";
import { Digests } from "./digests.ts";
import type { ElectionHistory } from "./election-history.ts";
import { ClusterFigures, type SnapshotFigures } from "./figures.ts";
import { Forwarder } from "./forwarding.ts";
import { IncomingLinks } from "./incoming-links.ts";
import { LeaderProbe } from "./leader-probe.ts";
import { LeaderWatch } from "./leader-watch.ts";
import type { OutgoingLinks } from "./links.ts";
import { MemberAddresses } from "./member-addresses.ts";
import { MemberHealth } from "./member-health.ts";
import { Membership } from "./membership.ts";
import { OtherCoordinators } from "./other-coordinators.ts";
import { OwnReadings } from "./own-readings.ts";
import { RemovalWatch } from "./removal.ts";
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

/** A coordinator among coordinators. One that is alone has nobody to talk to, and can be joined at any time. */
export class Cluster {
  readonly figures: ClusterFigures;
  readonly own: OwnReadings;
  readonly health: MemberHealth;
  /** What this node knows of the cluster. */
  readonly view: ClusterView;
  /** The connections that other members hold; they go last, for until then there are votes to give. */
  readonly incoming: IncomingLinks;
  readonly #options: ClusterOptions;
  readonly #forwarder: Forwarder;
  readonly #others: OtherCoordinators;
  readonly #addresses: MemberAddresses;
  readonly #removal: RemovalWatch;
  readonly #versions: Versions;
  readonly #probe: LeaderProbe;
  readonly #watch: LeaderWatch;
  readonly #announcement: Announcement;
  readonly #blobs: BlobPuller | undefined;
  readonly #digests: Digests | undefined;
  #membership: Membership | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { ledger, links, tables, adminToken, certificates, log, clock, belonging, facts, elections } = options;
    const { node } = ledger.identity;
    const { isWitness = false, addresses: given = [], alarm_ms, timings = failoverProfiles.default } = belonging;
    this.figures = new ClusterFigures(options.snapshotFigures);
    this.#forwarder = new Forwarder({ node, certificates, figures: this.figures, log });
    const others = new OtherCoordinators({ adminToken, identity: ledger.identity, facts, certificates });
    const addresses = new MemberAddresses(ledger, given);
    const versions = new Versions({ ledger, clock, log, own: facts });
    const removal = new RemovalWatch({
      ledger,
      clock,
      log,
      others,
      addresses: () => addresses.known,
      silence_ms: timings.electionMax_ms,
      onRemoved: options.onRemoved,
    });
    const own = new OwnReadings(ledger, clock, options.stateDir);
    const { healthThreshold: threshold, checkAdmin } = options;
    const health = new MemberHealth({ ledger, clock, log, others, own, elections, threshold, terms: belonging.handover });
    const view = new ClusterView({
      ledger,
      clock,
      version: options.version,
      versionOf: (id) => links.versionOf(id),
      versions,
      elections,
      snapshots: this.figures.snapshots,
      isWitness,
      health,
      stateDir: options.stateDir,
      heartbeat_ms: timings.heartbeat_ms,
      blobs_bytes: () => tables?.blobs.used_bytes ?? 0,
      waitingBlobs: () => this.waitingBlobs,
      onVoters: belonging.onVoters,
    });
    const probe = new LeaderProbe({ ledger, elections });
    const doors = { ledger, links, certificates, checkAdmin, elections, health, versions, probe, clock, log };
    this.incoming = new IncomingLinks(doors);
    this.#watch = new LeaderWatch({ ledger, clock, log, alarm_ms, look: () => this.#look() });
    this.#announcement = new Announcement({
      ledger,
      clock,
      log,
      others,
      isWitness,
      known: () => addresses.known,
      hasLeft: () => removal.hasLeft,
      admit: (request) => this.admit(request, facts),
      onRefused: options.onRefused,
    });
    [this.#others, this.#addresses, this.#versions, this.#removal] = [others, addresses, versions, removal];
    [this.own, this.health, this.view, this.#probe] = [own, health, view, probe];
    if (tables === undefined) return;
    this.#digests = new Digests(ledger, tables.path, clock);
    const { blobs } = tables;
    const puller = new BlobPuller({ blobs, adminToken, certificates, node, log, others: () => addresses.withTables });
    ledger.onApplied((added) => puller.applied(added));
    this.#blobs = puller;
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
    if (!isAlone) this.#announcement.begin(address);
    this.#watch.begin();
    this.health.begin();
  }

  /** Now and then: connections to all members, whether this one still is one, and who votes. */
  #look(): void {
    const { others } = this.#addresses;
    if (others !== undefined) this.#options.links.keep(others);
    this.#removal.look();
    this.view.tellVoters();
  }

  /** How this node is, as it tells its leader. */
  readings(): Promise<Readings> {
    return this.own.take();
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

  /** Leads no more, if somebody else can. */
  handOver(): Promise<void> {
    return this.#options.ledger.handOver();
  }

  async close(): Promise<void> {
    this.#probe.close();
    this.#announcement.close();
    this.#watch.close();
    this.#membership?.close();
    this.#versions.close();
    this.health.close();
    this.own.close();
    this.#digests?.close();
    await Promise.all([this.#forwarder.close(), this.#blobs?.close(), this.#others.close()]);
  }

  /** No more is heard of the other members, nor said to them. */
  closeLinks(): void {
    this.incoming.close();
    this.#options.links.close();
  }

  get #members(): Membership {
    if (this.#membership === undefined || this.#options.ledger.role !== "leader") throw new ShardwrightError("no-leader");
    return this.#membership;
  }
}
