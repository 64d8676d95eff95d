import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import type { Certificates } from "../security/certificates.ts";
import { refuseStranger } from "../security/peers.ts";
import type { ElectionHistory } from "./election-history.ts";
import type { LeaderProbe } from "./leader-probe.ts";
import { type OutgoingLinks, acceptLink } from "./links.ts";
import type { MemberHealth } from "./member-health.ts";
import { RefusalLog } from "./refusal-log.ts";
import type { Versions } from "./versions.ts";

export interface IncomingLinksOptions {
  readonly ledger: RaftLedger;
  readonly links: OutgoingLinks;
  readonly certificates: Certificates | undefined;
  /** @throws ShardwrightError for a token that may not do everything */
  readonly checkAdmin: (authorization: string | undefined) => void;
  readonly elections: ElectionHistory;
  readonly health: MemberHealth;
  readonly versions: Versions;
  readonly probe: LeaderProbe;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The connections that other members hold to this one. */
export class IncomingLinks {
  readonly #options: IncomingLinksOptions;
  readonly #refusals: RefusalLog;
  readonly #sockets = new Set<Duplex>();
  #isClosed = false;

  constructor(options: IncomingLinksOptions) {
    this.#options = options;
    this.#refusals = new RefusalLog(options.clock, options.log);
  }

  /** For the server's `upgrade`. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { ledger, links, checkAdmin, elections, health, versions, probe, log } = this.#options;
    if (this.#isClosed) {
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
        refused: ({ socket: { remoteAddress = "" } }, error) => this.#refusals.tell(remoteAddress, error),
        cluster: () => ledger.identity.cluster,
        receive: (message) => {
          elections.heard(message);
          health.beat(message.from);
          ledger.receive(message);
        },
        learn: (node, introduction) => links.learn(node, introduction),
        connected: (node, facts) => {
          const forget = versions.connected(node, facts);
          return () => {
            forget();
            probe.lost(node);
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

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.destroy();
  }
}
