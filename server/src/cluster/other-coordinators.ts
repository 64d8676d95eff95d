import {
  type ClusterStatus,
  type ErrorBody,
  type JoinRequest,
  ShardwrightError,
  type TablesDigest,
  type Readings,
  clusterStatusSchema,
  readingsSchema,
  reasonOf,
  tablesDigestSchema,
} from "@shardwright/core";
import type { Dispatcher } from "undici";
import { z } from "zod";
import { Agent } from "./undici.ts";
import type { Identity } from "../ledger/log-file.ts";
import type { Certificates } from "../security/certificates.ts";
import { clusterHeader } from "./links.ts";
import { connectorFor } from "./peer-connections.ts";
import { factsHeader } from "./versions.ts";

const answer_ms = 15_000;
/** `known`: whoever asks to have its address noted is a member already, as far as it knows. */
export const memberHeader = "shardwright-member";

const tooOldSchema = z.object({
  error: z.object({ code: z.literal("version-too-old"), details: z.object({ known: z.number(), agreed: z.number() }) }),
});

export interface OtherCoordinatorsOptions {
  readonly adminToken: string;
  readonly identity: Identity;
  /** The highest version of facts that this node can apply. */
  readonly facts: number;
  readonly certificates: Certificates | undefined;
}

/** Asks other coordinators, over HTTP, what concerns the cluster. */
export class OtherCoordinators {
  readonly #agent: Dispatcher;
  readonly #adminToken: string;
  readonly #identity: Identity;
  readonly #facts: number;

  constructor({ adminToken, identity, facts, certificates }: OtherCoordinatorsOptions) {
    this.#agent = new Agent({ headersTimeout: answer_ms, bodyTimeout: answer_ms, connect: connectorFor(certificates, 2000) });
    this.#adminToken = adminToken;
    this.#identity = identity;
    this.#facts = facts;
  }

  /**
   * Asks to be taken in, or to have an address noted.
   * @param isMember it is one already, as far as it knows
   * @returns why not, if not; as an error where it will never be
   */
  async askIn(origin: string, request: JoinRequest, isMember: boolean): Promise<string | ShardwrightError | undefined> {
    try {
      const { statusCode, body } = await this.#agent.request({
        origin,
        path: "/api/v1/cluster/members",
        method: "POST",
        headers: {
          ...this.#headers,
          "content-type": "application/json",
          [clusterHeader]: this.#identity.cluster,
          [factsHeader]: String(this.#facts),
          ...(isMember && { [memberHeader]: "known" }),
        },
        body: JSON.stringify(request),
      });
      const text = await body.text();
      if (statusCode < 300) return undefined;
      const tooOld = statusCode === 409 ? tooOldSchema.safeParse(JSON.parse(text)) : undefined;
      if (tooOld?.success === true) return new ShardwrightError("version-too-old", tooOld.data.error.details);
      return text.slice(0, 500);
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Asks whether this node is still a member. @returns the refusal; undefined when it is */
  async askMembership(origin: string): Promise<ErrorBody["error"] | undefined> {
    const { node, cluster } = this.#identity;
    const { statusCode, body } = await this.#agent.request({
      origin,
      path: `/api/v1/cluster/members/${node}?cluster=${cluster}`,
      method: "GET",
      headers: this.#headers,
    });
    const answer = await body.json();
    return statusCode === 200 ? undefined : (answer as ErrorBody).error;
  }

  /** @throws ShardwrightError `membership-refused` where no coordinator of the same token answers */
  async statusAt(address: string): Promise<ClusterStatus> {
    const refuse = (reason: string, cause?: unknown): ShardwrightError =>
      new ShardwrightError("membership-refused", { reason: `no coordinator answers at ${address}: ${reason}` }, { cause });
    try {
      const { statusCode, body } = await this.#agent.request({
        origin: address,
        path: "/api/v1/cluster",
        method: "GET",
        headers: this.#headers,
      });
      const status = clusterStatusSchema.safeParse(await body.json());
      if (statusCode === 200 && status.success) return status.data;
      throw refuse(statusCode === 401 || statusCode === 403 ? "it has another admin token" : `status ${statusCode}`);
    } catch (error) {
      throw error instanceof ShardwrightError ? error : refuse(reasonOf(error), error);
    }
  }

  /** How a member is, as it says itself; undefined of one that does not say, in time or at all. */
  async readings(origin: string, limit_ms: number): Promise<Readings | undefined> {
    try {
      const { statusCode, body } = await this.#agent.request({
        origin,
        path: "/api/v1/cluster/readings",
        method: "GET",
        headers: this.#headers,
        signal: AbortSignal.timeout(limit_ms),
      });
      const readings = readingsSchema.safeParse(JSON.parse(await body.text()));
      return statusCode === 200 && readings.success ? readings.data : undefined;
    } catch {
      // Its silence is told by its heartbeats.
      return undefined;
    }
  }

  /** Has a member prepare a digest of its tables. @throws what went wrong, in words for people */
  async prepareDigest(origin: string, name: string): Promise<void> {
    const { statusCode, body } = await this.#agent.request({ origin, path: pathOf(name), method: "PUT", headers: this.#headers });
    const text = await body.text();
    if (statusCode >= 300) throw new Error(`it answers ${statusCode}: ${text.slice(0, 300)}`);
  }

  /** Waits for a digest that was prepared. @throws what went wrong, in words for people */
  async digest(origin: string, name: string, limit_ms: number): Promise<TablesDigest> {
    const { statusCode, body } = await this.#agent.request({
      origin,
      path: pathOf(name),
      method: "GET",
      headers: this.#headers,
      headersTimeout: limit_ms,
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`it answers ${statusCode}: ${text.slice(0, 300)}`);
    return tablesDigestSchema.parse(JSON.parse(text));
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  get #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#adminToken}` };
  }
}

function pathOf(digest: string): string {
  return `/api/v1/cluster/digests/${digest}`;
}
