import { randomBytes } from "node:crypto";
import {
  type CreateTokenRequest,
  type CreateTokenResponse,
  type Fact,
  type Scope,
  ShardwrightError,
  type TokenInfo,
  allows,
} from "@shardwright/core";
import type { Clock } from "../clock.ts";
import type { Queries } from "../database/queries.ts";
import type { TokenRow } from "../database/queries/tokens.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { bearerOf, hashOf } from "./bearer.ts";
import type { NewId } from "./random.ts";

const day_ms = 86_400_000;
/** The most tokens a coordinator keeps, revoked and expired ones included. */
const tokenLimit = 10_000;

export interface TokenKeeperParts {
  readonly ledger: Ledger;
  readonly queries: Queries;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Given by whoever starts the coordinator, never written to its tables. */
  readonly adminToken: string;
}

/** Knows every token by its SHA-256: the tokens themselves are kept nowhere. */
export class TokenKeeper {
  readonly #parts: TokenKeeperParts;
  readonly #adminHash: string;
  #byHash: ReadonlyMap<string, TokenRow>;

  constructor(parts: TokenKeeperParts) {
    this.#parts = parts;
    this.#adminHash = hashOf(parts.adminToken);
    this.#byHash = this.#read();
    parts.ledger.onApplied((facts) => {
      if (facts.some(isAboutTokens)) this.#byHash = this.#read();
    });
    parts.ledger.onRestored(() => (this.#byHash = this.#read()));
  }

  /**
   * Lets a request pass whose `Authorization` header has a token of one of these scopes.
   * @throws ShardwrightError `unauthenticated`, `forbidden`
   */
  check(authorization: string | undefined, needed: readonly Scope[]): Scope {
    const secret = bearerOf(authorization);
    if (secret === undefined) throw new ShardwrightError("unauthenticated");
    const scope = this.#scopeOf(hashOf(secret));
    if (!needed.some((one) => allows(scope, one)))
      throw new ShardwrightError("forbidden", { scope, needed: needed[0] ?? "admin" });
    return scope;
  }

  /** @throws ShardwrightError `queue-full` */
  async create({ name, scope, days }: CreateTokenRequest): Promise<CreateTokenResponse> {
    if (this.#byHash.size >= tokenLimit)
      throw new ShardwrightError("queue-full", { count: this.#byHash.size, what: "tokens", wait: "" });
    const { clock, ledger, newId } = this.#parts;
    const secret = `swt_${randomBytes(32).toString("base64url")}`;
    const token = newId("t");
    const expires_at_ms = days === undefined ? undefined : clock.now_ms() + days * day_ms;
    await ledger.append([
      {
        type: "TokenCreated",
        token,
        name,
        scope,
        hash: hashOf(secret),
        ...(expires_at_ms === undefined ? {} : { expires_at_ms }),
      },
    ]);
    const info = this.list().find(({ id }) => id === token);
    if (info === undefined) throw new ShardwrightError("internal", { reason: "the new token is not among the tokens" });
    return { ...info, secret };
  }

  /** @throws ShardwrightError `not-found` */
  async revoke(id: string): Promise<void> {
    const known = [...this.#byHash.values()].find((token) => token.id === id);
    if (known === undefined) throw new ShardwrightError("not-found", { what: `token ${id}` });
    if (!known.revoked) await this.#parts.ledger.append([{ type: "TokenRevoked", token: known.id }]);
  }

  /** Newest first. */
  list(): TokenInfo[] {
    return [...this.#byHash.values()].map(({ id, name, scope, created_at_ms, expires_at_ms, revoked }) => ({
      id,
      name,
      scope,
      created_at_ms,
      revoked,
      ...(expires_at_ms === null ? {} : { expires_at_ms }),
    }));
  }

  #scopeOf(hash: string): Scope {
    if (hash === this.#adminHash) return "admin";
    const token = this.#byHash.get(hash);
    const isValid =
      token !== undefined && !token.revoked && (token.expires_at_ms === null || token.expires_at_ms > this.#parts.clock.now_ms());
    if (!isValid) throw new ShardwrightError("unauthenticated");
    return token.scope;
  }

  #read(): ReadonlyMap<string, TokenRow> {
    return new Map(this.#parts.queries.tokens.all().map((token) => [token.hash, token]));
  }
}

function isAboutTokens({ body }: Fact): boolean {
  return body.type === "TokenCreated" || body.type === "TokenRevoked";
}
