import { reasonOf } from "@shardwright/core";
import type { JWTVerifyGetKey } from "jose";
import type { Clock } from "../../clock.ts";
import { fetchBounded, timeout_ms } from "./fetch-bounded.ts";
import type { Issuer } from "./rules.ts";

/** How long an issuer that could not be reached is not asked again: what waits for it would only wait for longer. */
const failureRest_ms = 5000;

export interface KeyTimes {
  /** Keys that are not known are looked for again no sooner than this after the last time: anybody can make up a key's name. */
  readonly cooldown_ms: number;
  /** Keys are asked for again after this, so that one that was taken back does not count for much longer. */
  readonly keep_ms: number;
}

export const defaultKeyTimes: KeyTimes = { cooldown_ms: 30_000, keep_ms: 600_000 };

/** An issuer does not say what its keys are. */
export class KeysUnreachable extends Error {
  public override readonly name = "KeysUnreachable";
}

/**
 * The public keys of one issuer, found by its discovery document (OpenID Connect Discovery 1.0, section 4), asked for when they are needed
 * and kept. Whatever is fetched is bounded in time and size, follows no redirection, and comes from the issuer's own host unless the
 * configuration names another one: a document must not send the coordinator about its network.
 */
export class IssuerKeys {
  readonly #issuer: Issuer;
  readonly #clock: Clock;
  readonly #times: KeyTimes;
  #keys: Promise<JWTVerifyGetKey> | undefined;
  #failure: { readonly error: KeysUnreachable; readonly at_ms: number } | undefined;

  constructor(issuer: Issuer, clock: Clock, times: KeyTimes) {
    this.#issuer = issuer;
    this.#clock = clock;
    this.#times = times;
  }

  /** For jose's `jwtVerify`. @throws KeysUnreachable, and what jose throws where there is no such key */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    this.#keys ??= this.#discover();
    const found = this.#keys;
    try {
      return await (
        await found
      )(header, token);
    } catch (error) {
      // The keys may have moved: the document is read again next time.
      if (error instanceof KeysUnreachable && this.#keys === found) this.#keys = undefined;
      throw error;
    }
  };

  async #discover(): Promise<JWTVerifyGetKey> {
    const { issuer, jwks } = this.#issuer;
    const address = jwks ?? (await this.#keysAddress(issuer));
    const { createRemoteJWKSet, customFetch } = await import("jose");
    return createRemoteJWKSet(new URL(address), {
      timeoutDuration: timeout_ms,
      cooldownDuration: this.#times.cooldown_ms,
      cacheMaxAge: this.#times.keep_ms,
      [customFetch]: async (url: string) => new Response(await this.#fetch(url)),
    });
  }

  async #keysAddress(issuer: string): Promise<string> {
    const text = await this.#fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    let document: { issuer?: unknown; jwks_uri?: unknown };
    try {
      document = Object(JSON.parse(text)) as typeof document;
    } catch {
      throw this.#failed("its discovery document is not JSON");
    }
    if (document.issuer !== issuer) throw this.#failed("its discovery document is that of another issuer");
    const { jwks_uri } = document;
    if (typeof jwks_uri !== "string" || !URL.canParse(jwks_uri)) throw this.#failed("its discovery document names no jwks_uri");
    if (new URL(jwks_uri).origin !== new URL(issuer).origin)
      throw this.#failed("its keys are on another host; give the issuer's `jwks` in the rules if that is right");
    return jwks_uri;
  }

  async #fetch(url: string): Promise<string> {
    const { error, at_ms } = this.#failure ?? {};
    if (error !== undefined && at_ms !== undefined && this.#clock.monotonic_ms() - at_ms < failureRest_ms) throw error;
    try {
      const response = await fetchBounded(url, { headers: { accept: "application/json" } });
      if (response.status !== 200) throw new Error(`it answered with status ${response.status}`);
      const text = await response.text();
      this.#failure = undefined;
      return text;
    } catch (cause) {
      throw this.#failed(reasonOf(cause), cause);
    }
  }

  #failed(reason: string, cause?: unknown): KeysUnreachable {
    const error = new KeysUnreachable(reason, { cause });
    this.#failure = { error, at_ms: this.#clock.monotonic_ms() };
    return error;
  }
}
