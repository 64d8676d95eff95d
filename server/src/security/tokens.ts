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
import { longestSession_ms, newSessionSecret, parentOf } from "./sessions.ts";
import type { NewId } from "./random.ts";

const day_ms = 86_400_000;
/** The most tokens a coordinator keeps, revoked and expired ones included. */
const tokenLimit = 10_000;
/** The same for those that were given for identity tokens: CI jobs must not use up what people may make. */
const exchangedLimit = 20_000;
/** How long a token that was given for an identity token can still be seen among the tokens after its end. */
const grace_ms = 3_600_000;
/** Sessions of one token at a time; with one more, the oldest ends. */
const sessionLimit = 50;
/** Tokens forgotten with one fact. */
const purgeBatch = 5000;

export interface TokenKeeperParts {
  readonly ledger: Ledger;
  readonly queries: Queries;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Given by whoever starts the coordinator, never written to its tables. */
  readonly adminToken: string;
  /** Stands for the identity provider in the sessions that are made without a token; there are none when absent. */
  readonly provider?: string;
}

/** What a token's bearer may do. */
export interface Grant {
  readonly scope: Scope;
  /** The token's name; of the one that the coordinator was started with, `admin`. Of a session, that of whose it is. */
  readonly name: string;
  /** Of a session its own. Absent for the token that the coordinator was started with. */
  readonly token?: string;
  /** The only project that it may touch; all when absent. */
  readonly project?: string;
}

/** A token for an identity token. */
export interface ExchangedToken extends Pick<Grant, "scope" | "name" | "project"> {
  readonly lifetime_ms: number;
}

/** Knows every token by its SHA-256: the tokens themselves are kept nowhere. */
export class TokenKeeper {
  readonly #parts: TokenKeeperParts;
  readonly #adminHash: string;
  /** Stands for the admin token in the sessions that were made for it: with another admin token they end. */
  readonly #adminName: string;
  readonly #byHash = new Map<string, TokenRow>();
  readonly #hashes = new Map<string, string>();
  /** How many of them were given for identity tokens. */
  #exchanged = 0;

  constructor(parts: TokenKeeperParts) {
    this.#parts = parts;
    this.#adminHash = hashOf(parts.adminToken);
    this.#adminName = `admin-${hashOf(`session ${this.#adminHash}`).slice(0, 16)}`;
    this.#read();
    parts.ledger.onApplied((facts) => {
      for (const fact of facts) this.#apply(fact);
    });
    parts.ledger.onRestored(() => this.#read());
  }

  /**
   * Lets a request pass whose `Authorization` header has a token of one of these scopes.
   * @throws ShardwrightError `unauthenticated`, `forbidden`
   */
  check(authorization: string | undefined, needed: readonly Scope[]): Grant {
    const secret = bearerOf(authorization);
    if (secret === undefined) throw new ShardwrightError("unauthenticated");
    const grant = this.#grantOf(secret);
    const { scope } = grant;
    if (!needed.some((one) => allows(scope, one)))
      throw new ShardwrightError("forbidden", { scope, needed: needed[0] ?? "admin" });
    return grant;
  }

  /** @throws ShardwrightError `queue-full`, `bad-request`, `update-incomplete` */
  async create({ name, scope, days, project }: CreateTokenRequest): Promise<CreateTokenResponse> {
    if (scope === "admin" && project !== undefined)
      throw new ShardwrightError("bad-request", { problems: "body.project: an admin token is for all projects" });
    this.#refuseMore(this.#byHash.size - this.#exchanged, tokenLimit, "tokens");
    return await this.#make({ name, scope, project }, days === undefined ? undefined : days * day_ms, false);
  }

  /** Whom a session of the dashboard would be made for. @throws ShardwrightError `unauthenticated`, `forbidden` */
  checkSignIn(secret: string): Grant {
    // A session is for as long as it was made for.
    if (parentOf(secret) !== undefined) throw new ShardwrightError("unauthenticated");
    return this.check(`Bearer ${secret}`, ["read"]);
  }

  /** Whose session of the dashboard this is; undefined for one that has ended. */
  findSession(secret: string): Grant | undefined {
    return this.find(`Bearer ${secret}`) === undefined ? undefined : this.#grantOf(secret);
  }

  /**
   * Makes a session of the dashboard for a token. It ends with the token, and by itself after some hours.
   * @throws ShardwrightError `unauthenticated`, `forbidden`, `queue-full`, `update-incomplete`
   */
  async signIn(secret: string): Promise<CreateTokenResponse> {
    this.checkSignIn(secret);
    const { id, expires_at_ms = Infinity, ...grant } = this.describe(`Bearer ${secret}`);
    return await this.#openSession(grant, id, expires_at_ms - this.#parts.clock.now_ms());
  }

  /**
   * Makes a session for somebody who has no token, whom the identity provider knows. It ends by itself, or when another provider is set up.
   * @throws ShardwrightError `sign-in-off`, `queue-full`, `update-incomplete`
   */
  async signInPerson({ lifetime_ms, ...grant }: ExchangedToken): Promise<CreateTokenResponse> {
    const { provider } = this.#parts;
    if (provider === undefined) throw new ShardwrightError("sign-in-off");
    return await this.#openSession(grant, provider, lifetime_ms);
  }

  async #openSession(
    { name, scope, project }: Pick<ExchangedToken, "name" | "scope" | "project">,
    parent: string,
    longest_ms: number,
  ): Promise<CreateTokenResponse> {
    const title = `${name}${sessionOf(parent)}`;
    const now_ms = this.#parts.clock.now_ms();
    const open = [...this.#byHash.values()].filter(
      (token) => token.name === title && !token.revoked && (token.expires_at_ms ?? 0) > now_ms,
    );
    const oldest = open.length < sessionLimit ? undefined : open.reduce((a, b) => (b.created_at_ms < a.created_at_ms ? b : a));
    if (oldest !== undefined) await this.#parts.ledger.append([{ type: "TokenRevoked", token: oldest.id }]);
    this.#refuseMore(this.#exchanged, exchangedLimit, "tokens for CI jobs and sessions");
    const lifetime_ms = Math.min(longestSession_ms, longest_ms);
    const session = await this.#make({ name: title, scope, project }, lifetime_ms, true, newSessionSecret(parent));
    return { ...session, name };
  }

  /** Ends a session of the dashboard; one that has ended, or never was, stays as it is. */
  async signOut(secret: string): Promise<void> {
    const session = parentOf(secret) === undefined ? undefined : this.#byHash.get(hashOf(secret));
    if (session !== undefined && !session.revoked) await this.#parts.ledger.append([{ type: "TokenRevoked", token: session.id }]);
  }

  /**
   * Whose token an `Authorization` header has; for a session, the one that it was made for, or who signed in without.
   * @throws ShardwrightError `unauthenticated`
   */
  describe(authorization: string | undefined): Pick<TokenInfo, "id" | "name" | "scope" | "project" | "expires_at_ms"> {
    const secret = bearerOf(authorization);
    if (secret === undefined) throw new ShardwrightError("unauthenticated");
    const { name, scope, project } = this.#grantOf(secret);
    const parent = parentOf(secret);
    const own = this.#byHash.get(hashOf(secret));
    const origin = parent === undefined ? own : this.#byHash.get(this.#hashes.get(parent) ?? "");
    const isPerson = parent !== undefined && parent === this.#parts.provider;
    return {
      id: origin?.id ?? (isPerson ? parent : this.#adminName),
      name: origin?.name ?? (isPerson ? name : "admin"),
      scope,
      ...(project !== undefined && { project }),
      ...(own !== undefined && own.expires_at_ms !== null && { expires_at_ms: own.expires_at_ms }),
    };
  }

  /** As `describe`; undefined for a token that is not taken. */
  find(authorization: string): ReturnType<TokenKeeper["describe"]> | undefined {
    try {
      return this.describe(authorization);
    } catch (error) {
      if (error instanceof ShardwrightError && error.code === "unauthenticated") return undefined;
      throw error;
    }
  }

  /** @throws ShardwrightError `queue-full`, `update-incomplete` */
  async exchange({ lifetime_ms, ...grant }: ExchangedToken): Promise<CreateTokenResponse> {
    this.#refuseMore(this.#exchanged, exchangedLimit, "tokens for CI jobs");
    return await this.#make(grant, lifetime_ms, true);
  }

  /** @throws ShardwrightError `not-found` */
  async revoke(id: string): Promise<void> {
    const known = [...this.#byHash.values()].find((token) => token.id === id);
    if (known === undefined) throw new ShardwrightError("not-found", { what: `token ${id}` });
    if (!known.revoked) await this.#parts.ledger.append([{ type: "TokenRevoked", token: known.id }]);
  }

  /**
   * Revokes the token of an `Authorization` header, if it was given for an identity token: others are their makers' to revoke.
   * @throws ShardwrightError `unauthenticated`, `forbidden`
   */
  async giveBack(authorization: string | undefined): Promise<void> {
    const { scope } = this.check(authorization, ["read", "worker"]);
    const token = this.#byHash.get(hashOf(bearerOf(authorization) ?? ""));
    if (token?.exchanged !== true) throw new ShardwrightError("forbidden", { scope, needed: "admin" });
    await this.#parts.ledger.append([{ type: "TokenRevoked", token: token.id }]);
  }

  /** Forgets what was given for identity tokens and has ended. @returns how many */
  async purge(): Promise<number> {
    const before_ms = this.#parts.clock.now_ms() - grace_ms;
    const over = [...this.#byHash.values()]
      .filter(({ exchanged, revoked, expires_at_ms }) => exchanged && (revoked || (expires_at_ms ?? 0) < before_ms))
      .slice(0, purgeBatch);
    if (over.length > 0) await this.#parts.ledger.append([{ type: "TokensPurged", tokens: over.map(({ id }) => id) }]);
    return over.length;
  }

  /** Newest first. */
  list(): TokenInfo[] {
    return [...this.#byHash.values()].sort((a, b) => b.created_at_ms - a.created_at_ms).map(infoOf);
  }

  #refuseMore(count: number, limit: number, what: string): void {
    if (count >= limit) throw new ShardwrightError("queue-full", { count, what, wait: "" });
  }

  async #make(
    { name, scope, project }: { name: string; scope: Scope; project?: string | undefined },
    lifetime_ms: number | undefined,
    exchanged: boolean,
    secret = `swt_${randomBytes(32).toString("base64url")}`,
  ): Promise<CreateTokenResponse> {
    const { clock, ledger, newId } = this.#parts;
    const hash = hashOf(secret);
    await ledger.append([
      {
        type: "TokenCreated",
        token: newId("t"),
        name,
        scope,
        hash,
        ...(lifetime_ms !== undefined && { expires_at_ms: clock.now_ms() + lifetime_ms }),
        ...(project !== undefined && { project }),
        ...(exchanged && { exchanged }),
      },
    ]);
    const made = this.#byHash.get(hash);
    if (made === undefined) throw new ShardwrightError("internal", { reason: "the new token is not among the tokens" });
    return { ...infoOf(made), secret };
  }

  /** @throws ShardwrightError `unauthenticated` */
  #grantOf(secret: string): Grant {
    const hash = hashOf(secret);
    if (hash === this.#adminHash) return { scope: "admin", name: "admin" };
    const token = this.#valid(hash);
    const parent = parentOf(secret);
    // Without its own token a session is worth nothing: whoever revokes the one ends the other.
    const isOwn = parent === undefined || parent === this.#adminName || parent === this.#parts.provider;
    if (!isOwn) this.#valid(this.#hashes.get(parent) ?? "");
    const name = parent === undefined ? token.name : token.name.slice(0, -sessionOf(parent).length);
    return { scope: token.scope, name, token: token.id, ...(token.project !== null && { project: token.project }) };
  }

  /** @throws ShardwrightError `unauthenticated` */
  #valid(hash: string): TokenRow {
    const token = this.#byHash.get(hash);
    const isValid =
      token !== undefined && !token.revoked && (token.expires_at_ms === null || token.expires_at_ms > this.#parts.clock.now_ms());
    if (!isValid) throw new ShardwrightError("unauthenticated");
    return token;
  }

  #read(): void {
    this.#byHash.clear();
    this.#hashes.clear();
    this.#exchanged = 0;
    for (const token of this.#parts.queries.tokens.all()) this.#put(token);
  }

  /** As the tables do it: reading all of them for each token that a CI job gets would cost more with each. */
  #apply({ body, at_ms }: Fact): void {
    if (body.type === "TokenCreated")
      this.#put({
        id: body.token,
        name: body.name,
        scope: body.scope,
        hash: body.hash,
        created_at_ms: at_ms,
        expires_at_ms: body.expires_at_ms ?? null,
        revoked: false,
        project: body.project ?? null,
        exchanged: body.exchanged ?? false,
      });
    if (body.type === "TokenRevoked") {
      const token = this.#byHash.get(this.#hashes.get(body.token) ?? "");
      if (token !== undefined) this.#byHash.set(token.hash, { ...token, revoked: true });
    }
    if (body.type === "TokensPurged") for (const id of body.tokens) this.#drop(id);
  }

  #put(token: TokenRow): void {
    // What was read from the tables may be told once more as a fact.
    if (token.exchanged && !this.#hashes.has(token.id)) this.#exchanged += 1;
    this.#byHash.set(token.hash, token);
    this.#hashes.set(token.id, token.hash);
  }

  #drop(id: string): void {
    const hash = this.#hashes.get(id) ?? "";
    if (this.#byHash.get(hash)?.exchanged === true) this.#exchanged -= 1;
    this.#byHash.delete(hash);
    this.#hashes.delete(id);
  }
}

/** What a session is called after the name of whose it is. */
function sessionOf(parent: string): string {
  return ` (session of ${parent})`;
}

function infoOf({ id, name, scope, created_at_ms, expires_at_ms, revoked, project, exchanged }: TokenRow): TokenInfo {
  return {
    id,
    name,
    scope,
    created_at_ms,
    revoked,
    ...(expires_at_ms !== null && { expires_at_ms }),
    ...(project !== null && { project }),
    ...(exchanged && { exchanged }),
  };
}
