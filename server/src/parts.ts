import type { Plugins } from "@shardwright/plugin";
import type { Logger } from "pino";
import type { RefusedSignIns } from "./audit/refused-sign-ins.ts";
import type { Backups } from "./backup/make-backup.ts";
import type { BlobStore } from "./blobs/blob-store.ts";
import type { Clock } from "./clock.ts";
import type { Cluster } from "./cluster/cluster.ts";
import type { SharedConfiguration } from "./configuration/shared-configuration.ts";
import type { Queries } from "./database/queries.ts";
import type { EventHub } from "./events/event-hub.ts";
import type { RunChanges } from "./events/run-changes.ts";
import type { Leadership } from "./leadership.ts";
import type { GithubIntegration } from "./github/integration.ts";
import type { LiveLogs } from "./live/live-logs.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Metrics } from "./observability/metrics.ts";
import type { Reader } from "./reading/reader.ts";
import type { Scheduler } from "./scheduler/scheduler.ts";
import type { IdentityExchange } from "./security/identity/exchange.ts";
import type { NewId } from "./security/random.ts";
import type { SignIn } from "./security/sign-in/sign-in.ts";
import type { TokenKeeper } from "./security/tokens.ts";
import type { TrendWatch } from "./trends/trend-watch.ts";

/** What the routes work with. */
export interface CoordinatorParts {
  readonly ledger: Ledger;
  readonly cluster: Cluster;
  readonly configuration: SharedConfiguration;
  readonly backups: Backups;
  readonly queries: Queries;
  /** Answers what has to read a whole run, or many. */
  readonly reader: Reader;
  readonly leadership: Leadership;
  /** Of the leader; elsewhere asking for it throws `no-leader`. */
  readonly scheduler: Scheduler;
  readonly tokens: TokenKeeper;
  readonly identity: IdentityExchange;
  /** By way of an identity provider; absent where none is set up. */
  readonly signIn: SignIn | undefined;
  readonly refusedSignIns: RefusedSignIns;
  /** What it was started with that nothing else here knows of. */
  readonly installation: {
    readonly plugins: Plugins;
    /** Whom it tells of alerts, without what is secret of that. */
    readonly alertTargets: readonly string[];
  };
  readonly github: GithubIntegration;
  readonly trendWatch: TrendWatch;
  readonly blobs: BlobStore;
  readonly hub: EventHub;
  readonly runChanges: RunChanges;
  readonly liveLogs: LiveLogs;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Logger;
  readonly bodyLimit_bytes: number;
  /** What a proxy in front says of a request is true. */
  readonly trustedProxy: boolean;
  /** Whether it takes work: false while it shuts down and after its ledger failed. */
  readonly isReady: () => boolean;
  /** Aborted when open streams are to end. */
  readonly closing: AbortSignal;
}
