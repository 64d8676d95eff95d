import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { type SignOptions, TestIssuer } from "./issuer.ts";

interface Granted {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What the provider may do otherwise than it should. */
interface Misbehaviour {
  idToken?: Record<string, unknown>;
  signing?: SignOptions;
  token?: (response: ServerResponse) => void;
  document?: Record<string, unknown>;
  discovery?: (response: ServerResponse) => void;
}

/**
 * An identity provider that gives nothing to who does not keep to the protocol: redirect URI, PKCE, client secret and the single use of a
 * code are checked as RFC 6749, RFC 7636 and OpenID Connect Core have it.
 */
export class TestProvider implements AsyncDisposable {
  readonly clientId = "shardwright & co";
  readonly clientSecret = "s3cret: of the client +%";
  readonly redirectUris: string[] = [];
  readonly issuer: TestIssuer;
  readonly #codes = new Map<string, Granted>();
  readonly #people = new Map<string, Readonly<Record<string, unknown>>>();
  /** Claims that are told by the userinfo endpoint alone. */
  besideToken: readonly string[] = [];
  misbehaviour: Misbehaviour = {};
  tokensAsked = 0;
  userinfoAsked = 0;
  discoveries = 0;

  private constructor(issuer: TestIssuer) {
    this.issuer = issuer;
    issuer.answer = (path, response, request) => this.#serve(path, response, request);
  }

  static async start(options: Parameters<typeof TestIssuer.start>[0] = {}): Promise<TestProvider> {
    return new TestProvider(await TestIssuer.start(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.issuer[Symbol.asyncDispose]();
  }

  get address(): string {
    return this.issuer.address;
  }

  /** Does what a browser and somebody in front of it do at the provider. @returns where it sends them back to */
  visit(address: string, claims: Readonly<Record<string, unknown>>): URL {
    const { origin, pathname, searchParams } = new URL(address);
    expect(`${origin}${pathname}`).toBe(`${this.address}/authorize`);
    const asked = Object.fromEntries(searchParams);
    expect(asked).toMatchObject({
      response_type: "code",
      client_id: this.clientId,
      redirect_uri: expect.toBeOneOf(this.redirectUris),
      scope: expect.stringMatching(/\bopenid\b/),
      code_challenge_method: "S256",
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    const { redirect_uri = "", code_challenge: challenge = "", nonce = "", state = "" } = asked;
    const code = randomUUID();
    this.#codes.set(code, { redirectUri: redirect_uri, challenge, nonce, claims });
    return backTo(redirect_uri, { code, state, iss: this.address });
  }

  /** Somebody, or the provider, says no. */
  refuse(address: string, error: string, error_description: string): URL {
    const asked = new URL(address).searchParams;
    return backTo(asked.get("redirect_uri") ?? "", {
      error,
      error_description,
      state: asked.get("state") ?? "",
      iss: this.address,
    });
  }

  #serve(path: string, response: ServerResponse, request: IncomingMessage): boolean {
    const json = (body: unknown, status = 200) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (path === "/.well-known/openid-configuration") {
      this.discoveries += 1;
      if (this.misbehaviour.discovery === undefined) json(this.#document());
      else this.misbehaviour.discovery(response);
      return true;
    }
    if (path === "/token") {
      this.tokensAsked += 1;
      if (this.misbehaviour.token === undefined) void this.#redeem(request).then(([status, body]) => json(body, status));
      else this.misbehaviour.token(response);
      return true;
    }
    if (path === "/userinfo") {
      this.userinfoAsked += 1;
      const claims = this.#people.get((request.headers.authorization ?? "").replace("Bearer ", ""));
      if (claims === undefined) json({ error: "invalid_token" }, 401);
      else json(claims);
      return true;
    }
    return false;
  }

  #document() {
    return {
      issuer: this.address,
      authorization_endpoint: `${this.address}/authorize`,
      token_endpoint: `${this.address}/token`,
      userinfo_endpoint: `${this.address}/userinfo`,
      jwks_uri: `${this.address}/keys`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      authorization_response_iss_parameter_supported: true,
      ...this.misbehaviour.document,
    };
  }

  async #redeem(request: IncomingMessage): Promise<[status: number, body: unknown]> {
    const form = Object.fromEntries(new URLSearchParams(await text(request)));
    const { grant_type, code = "", redirect_uri, code_verifier = "" } = form;
    const encode = (part: string) => new URLSearchParams({ part }).toString().slice("part=".length);
    const basic = Buffer.from(`${encode(this.clientId)}:${encode(this.clientSecret)}`).toString("base64");
    if (request.headers.authorization !== `Basic ${basic}`) return [401, { error: "invalid_client" }];
    const granted = this.#codes.get(code);
    this.#codes.delete(code);
    const isGranted =
      request.method === "POST" &&
      grant_type === "authorization_code" &&
      granted?.redirectUri === redirect_uri &&
      createHash("sha256").update(code_verifier).digest("base64url") === granted?.challenge;
    if (!isGranted || granted === undefined) return [400, { error: "invalid_grant", error_description: "no such code" }];
    const { signing, idToken } = this.misbehaviour;
    const { claims, nonce } = granted;
    const own = Object.fromEntries(Object.entries(claims).filter(([name]) => !this.besideToken.includes(name)));
    const id_token = await this.issuer.sign({ ...own, nonce, ...idToken }, { audience: this.clientId, ...signing });
    const access_token = randomUUID();
    this.#people.set(access_token, claims);
    return [200, { access_token, token_type: "Bearer", expires_in: 60, id_token }];
  }
}

function backTo(redirectUri: string, answer: Readonly<Record<string, string>>): URL {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  return url;
}
