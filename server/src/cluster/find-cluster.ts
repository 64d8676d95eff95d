import { clusterStatusSchema, reasonOf, ShardwrightError } from "@shardwright/core";
import type { Logger } from "pino";
import type { Dispatcher } from "undici";
import type { Clock } from "../clock.ts";
import { Agent } from "./undici.ts";
import type { Certificates } from "../security/certificates.ts";
import { certificateTrouble } from "../security/peers.ts";
import { connectorFor } from "./peer-connections.ts";

export interface FindOptions {
  readonly addresses: readonly string[];
  readonly adminToken: string;
  /** The highest version of facts that this node can apply. */
  readonly facts: number;
  readonly certificates: Certificates | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const tryAgain_ms = 500;
const timeout_ms = 5000;

/**
 * Asks the given coordinators, again and again, for the name of their cluster: a node that is to join never founds one of its own.
 * @throws ShardwrightError `usage` when one of them does not accept the token, `version-too-old` when they write facts that this node does
 *   not know, `interrupted` when it is given up
 */
export async function findCluster(options: FindOptions): Promise<string> {
  const agent = new Agent({ connect: connectorFor(options.certificates, timeout_ms) });
  try {
    return await ask(options, agent);
  } finally {
    await agent.destroy();
  }
}

async function ask({ addresses, adminToken, facts, clock, log, signal }: FindOptions, dispatcher: Dispatcher): Promise<string> {
  for (let turn = 0; ; turn += 1) {
    const problems: string[] = [];
    for (const address of addresses) {
      signal.throwIfAborted();
      try {
        const { statusCode, body } = await dispatcher.request({
          origin: new URL(address).origin,
          path: "/api/v1/cluster",
          method: "GET",
          headers: { authorization: `Bearer ${adminToken}` },
          headersTimeout: timeout_ms,
          bodyTimeout: timeout_ms,
        });
        if (statusCode === 401 || statusCode === 403) {
          await body.dump();
          throw new ShardwrightError("usage", {
            problem: `${address} does not accept this coordinator's admin token.`,
            remedy: "Start all coordinators of a cluster with the same SHARDWRIGHT_ADMIN_TOKEN.",
          });
        }
        const status = clusterStatusSchema.safeParse(await body.json());
        if (statusCode === 200 && status.success) {
          const { cluster, facts: agreed } = status.data;
          if (agreed > facts) throw new ShardwrightError("version-too-old", { known: facts, agreed });
          return cluster;
        }
        problems.push(`${address} answers ${statusCode}`);
      } catch (error) {
        if (error instanceof ShardwrightError) throw error;
        const code = error instanceof Error && "code" in error ? String(error.code) : "";
        problems.push(`${address}: ${certificateTrouble(code) ?? reasonOf(error)}`);
      }
    }
    if (turn === 0) log.info({ problems }, "waiting for a coordinator of the cluster");
    await new Promise<void>((resolve) => clock.after(tryAgain_ms, resolve));
  }
}
