import { ShardwrightError, cutText, withoutControls } from "@shardwright/core";
import * as oauth from "oauth4webapi";
import type { Clock } from "../../clock.ts";
import { FetchFailed, fetchBounded } from "../identity/fetch-bounded.ts";
import { IssuerKeys, defaultKeyTimes } from "../identity/fetch-keys.ts";
import { type Issuer, addressProblem } from "../identity/rules.ts";
import { verifyIdentity } from "../identity/verify.ts";
import { type Claims, claimsWanted, hasClaim } from "./choose-grant.ts";
import type { SignInOptions } from "./options.ts";

/** How long what the provider says of itself is kept, and how long it is not asked again after it could not be reached. */
const keep_ms = 600_000;
const failureRest_ms = 5000;
/** Clocks of provider and coordinator differ a little. */
const clockTolerance_s = 30;
/** An identity token that was made longer ago was not made for a sign-in that may take ten minutes. */
const maxAge_s = 600;
/** Characters of what the provider says that an error repeats. */
const shown = 200;

/** What is sent to the provider with a sign-in, and expected again when the browser comes back. */
export interface Challenge {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** What the provider says of somebody, and the token that says it. */
interface SaidOfThem {
  readonly claims: Claims;
  readonly idToken: string;
}

interface Known {
  readonly server: oauth.AuthorizationServer;
  readonly until_ms: number;
}

/**
 * An identity provider, asked as OpenID Connect has it: authorization code flow with PKCE (RFC 7636), state and nonce. Nothing of what it
 * answers is in an error but its own words about errors.
 */
export class Provider {
  readonly #options: SignInOptions;
  readonly #clock: Clock;
  #known: Known | undefined;
  #failure: { readonly error: ShardwrightError; readonly at_ms: number } | undefined;
  #keys: { readonly address: string; readonly keys: IssuerKeys } | undefined;

  constructor(options: SignInOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  static newChallenge(redirectUri: string): Challenge {
    return {
      redirectUri,
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
    };
  }

  /**
   * Where a browser has to go to sign in.
   * @param isAnother the provider is to ask for an account, also where it knows somebody already
   * @throws ShardwrightError `sign-in-unreachable`, `sign-in-invalid`
   */
  async address({ redirectUri, state, nonce, verifier }: Challenge, isAnother: boolean): Promise<string> {
    const { authorization_endpoint } = await this.#discover();
    const url = this.#endpoint(authorization_endpoint, "authorization_endpoint");
    const asked = {
      response_type: "code",
      client_id: this.#options.client_id,
      redirect_uri: redirectUri,
      scope: this.#options.scopes.join(" "),
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      // `select_account` would say it better, and not all providers know it.
      ...(isAnother && { prompt: "login" }),
    };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * What the provider says of whoever came back from it.
   * @param answer what the browser brought
   * @throws ShardwrightError `sign-in-refused`, `sign-in-invalid`, `sign-in-unreachable`
   */
  async claims(answer: URLSearchParams, challenge: Challenge): Promise<SaidOfThem> {
    const server = await this.#discover();
    try {
      return await this.#redeem(server, answer, challenge);
    } catch (error) {
      throw this.#refusalFor(error);
    }
  }

  /**
   * Where a browser has to go to sign out (OpenID Connect RP-Initiated Logout 1.0).
   * @param back where it comes back to; the provider has to know it
   * @returns undefined where the provider has no such place
   * @throws ShardwrightError `sign-in-unreachable`, `sign-in-invalid`
   */
  async signOutAddress(back: string, idToken: string | undefined): Promise<string | undefined> {
    const { end_session_endpoint } = await this.#discover();
    if (end_session_endpoint === undefined) return undefined;
    const url = this.#endpoint(end_session_endpoint, "end_session_endpoint");
    url.searchParams.set("client_id", this.#options.client_id);
    url.searchParams.set("post_logout_redirect_uri", back);
    if (idToken !== undefined) url.searchParams.set("id_token_hint", idToken);
    return url.href;
  }

  async #redeem(server: oauth.AuthorizationServer, answer: URLSearchParams, challenge: Challenge): Promise<SaidOfThem> {
    const client = this.#client();
    const checked = oauth.validateAuthResponse(server, client, answer, challenge.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      this.#authentication(server),
      checked,
      challenge.redirectUri,
      challenge.verifier,
      this.#requests(),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: challenge.nonce,
      requireIdToken: true,
    });
    const idToken = tokens.id_token ?? "";
    const own = await this.#verified(server, idToken);
    const isEnough = [...claimsWanted(this.#options)].every((claim) => hasClaim(own, claim));
    if (isEnough || server.userinfo_endpoint === undefined) return { claims: own, idToken };
    const asked = await oauth.userInfoRequest(server, client, tokens.access_token, this.#requests());
    const more = await oauth.processUserInfoResponse(server, client, String(own["sub"]), asked);
    // What is signed goes before what was sent beside it.
    return { claims: { ...more, ...own }, idToken };
  }

  /** Its signature, as that of every identity token; the library has looked at what it claims. */
  async #verified(server: oauth.AuthorizationServer, token: string): Promise<Claims> {
    const { issuer: address, client_id, algorithms } = this.#options;
    const issuer: Issuer = { issuer: address, kind: "generic", algorithms, jwks: server.jwks_uri, maxAge_s };
    const rules = { audience: [client_id], issuers: new Map([[address, issuer]]), rules: [] };
    const { claims } = await verifyIdentity(token, rules, () => this.#keysOf(issuer), new Date(this.#clock.now_ms()));
    return claims;
  }

  /** Kept while they are at the same place: those that are known need not be asked for again. */
  #keysOf(issuer: Issuer): IssuerKeys {
    const { href: address } = this.#endpoint(issuer.jwks, "jwks_uri");
    if (this.#keys?.address !== address)
      this.#keys = { address, keys: new IssuerKeys({ ...issuer, jwks: address }, this.#clock, defaultKeyTimes) };
    return this.#keys.keys;
  }

  /** OpenID Connect Discovery 1.0. @throws ShardwrightError `sign-in-unreachable`, `sign-in-invalid` */
  async #discover(): Promise<oauth.AuthorizationServer> {
    const now_ms = this.#clock.monotonic_ms();
    if (this.#known !== undefined && now_ms < this.#known.until_ms) return this.#known.server;
    if (this.#failure !== undefined && now_ms - this.#failure.at_ms < failureRest_ms) throw this.#failure.error;
    const issuer = new URL(this.#options.issuer);
    try {
      const response = await oauth.discoveryRequest(issuer, { algorithm: "oidc", ...this.#requests() });
      const server = await oauth.processDiscoveryResponse(issuer, response);
      // The library compares addresses, and tokens are compared letter by letter.
      if (server.issuer !== this.#options.issuer) throw this.#invalid("its discovery document is that of another issuer");
      this.#known = { server, until_ms: now_ms + keep_ms };
      return server;
    } catch (error) {
      const refusal = this.#refusalFor(error, "its discovery document is not taken: ");
      this.#failure = { error: refusal, at_ms: now_ms };
      throw refusal;
    }
  }

  #client(): oauth.Client {
    return {
      client_id: this.#options.client_id,
      [oauth.clockSkew]: Math.round((this.#clock.now_ms() - Date.now()) / 1000),
      [oauth.clockTolerance]: clockTolerance_s,
    };
  }

  /** As the provider takes it; where it says nothing, as OpenID Connect has it. */
  #authentication({ token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer): oauth.ClientAuth {
    const { clientSecret } = this.#options;
    if (clientSecret === undefined) return oauth.None();
    if (methods === undefined || methods.includes("client_secret_basic")) return oauth.ClientSecretBasic(clientSecret);
    if (methods.includes("client_secret_post")) return oauth.ClientSecretPost(clientSecret);
    throw this.#invalid("it takes no client secret (client_secret_basic or client_secret_post)");
  }

  #requests() {
    return {
      [oauth.customFetch]: askProvider,
      [oauth.allowInsecureRequests]: this.#options.issuer.startsWith("http:"),
    };
  }

  /** Of its document. Elsewhere than the issuer is usual; in the clear it is not taken. */
  #endpoint(address: string | undefined, name: string): URL {
    const problem = address === undefined ? "it is missing" : addressProblem(address.split("?", 1)[0] ?? "");
    if (address === undefined || problem !== undefined) throw this.#invalid(`its discovery document's ${name}: ${problem}`);
    return new URL(address);
  }

  #invalid(reason: string): ShardwrightError {
    return new ShardwrightError("sign-in-invalid", { provider: this.#options.name, reason });
  }

  /** What went wrong is told without its cause: that has in it what the provider answered. */
  #refusalFor(error: unknown, where = ""): ShardwrightError {
    const { name: provider } = this.#options;
    if (error instanceof FetchFailed)
      return new ShardwrightError("sign-in-unreachable", { provider, reason: where + error.message });
    if (error instanceof ShardwrightError) {
      if (error.code.startsWith("sign-in-")) return error;
      const { reason = error.message } = error.details;
      if (error.retryable) return new ShardwrightError("sign-in-unreachable", { provider, reason: `its keys: ${reason}` });
      return this.#invalid(`its identity token: ${reason}`);
    }
    if (error instanceof oauth.AuthorizationResponseError)
      return new ShardwrightError("sign-in-refused", { provider, reason: wordsOf(error) });
    if (error instanceof oauth.ResponseBodyError) return this.#invalid(where + wordsOf(error));
    if (error instanceof oauth.WWWAuthenticateChallengeError)
      return this.#invalid(`${where}it does not take the client id and secret (status ${error.status})`);
    if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError)
      return this.#invalid(where + error.message);
    throw error;
  }
}

function wordsOf({ error, error_description }: { readonly error: string; readonly error_description?: string }): string {
  const words = error_description === undefined ? error : `${error}: ${error_description}`;
  return cutText(withoutControls(words), shown);
}

/** @throws FetchFailed also for a server that is in trouble of its own */
async function askProvider(url: string, request: RequestInit): Promise<Response> {
  const response = await fetchBounded(url, request);
  if (response.status >= 500 || response.status === 429) throw new FetchFailed(`it answered with status ${response.status}`);
  return response;
}
