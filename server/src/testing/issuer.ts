import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import type { CryptoKey, JWK } from "jose";

interface KeyPair {
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}

export interface SignOptions {
  readonly audience?: string | string[];
  readonly issuer?: string;
  /** Seconds from now. */
  readonly expires_s?: number;
  readonly notBefore_s?: number;
  readonly issued_s?: number;
  readonly key?: KeyPair;
}

/** Claims as GitHub's issuer writes them for a push to main of acme/shop. */
export const githubClaims = {
  sub: "repo:acme/shop:ref:refs/heads/main",
  repository: "acme/shop",
  repository_id: "123456",
  repository_owner: "acme",
  repository_owner_id: "654321",
  repository_visibility: "private",
  ref: "refs/heads/main",
  ref_type: "branch",
  ref_protected: "true",
  sha: "a".repeat(40),
  workflow: "ci",
  workflow_ref: "acme/shop/.github/workflows/ci.yml@refs/heads/main",
  job_workflow_ref: "acme/shop/.github/workflows/ci.yml@refs/heads/main",
  run_id: "77",
  run_number: "5",
  run_attempt: "1",
  actor: "octocat",
  actor_id: "3",
  event_name: "push",
  head_ref: "",
  base_ref: "",
  runner_environment: "github-hosted",
};

/** Claims as GitLab's issuer writes them for a pipeline of main of acme/tools/shop. */
export const gitlabClaims = {
  sub: "project_path:acme/tools/shop:ref_type:branch:ref:main",
  namespace_id: "72",
  namespace_path: "acme/tools",
  project_id: "20",
  project_path: "acme/tools/shop",
  user_id: "1",
  user_login: "sample",
  pipeline_id: "574",
  pipeline_source: "push",
  job_id: "302",
  ref: "main",
  ref_type: "branch",
  ref_path: "refs/heads/main",
  ref_protected: "true",
  runner_id: 1,
  runner_environment: "self-hosted",
  sha: "a".repeat(40),
};

/** An OpenID Connect issuer with keys of its own, on a port of this machine: discovery, keys, and GitHub's service for jobs. */
export class TestIssuer implements AsyncDisposable {
  readonly #server: Server;
  readonly #now_ms: () => number;
  #keys: KeyPair[] = [];
  /** Requests for keys so far. */
  keysAsked = 0;
  /** Requests to the service for jobs. */
  tokensAsked = 0;
  /** What GitHub's service says of the job that asks. */
  claims: Record<string, unknown> = githubClaims;
  /** In place of the discovery document and the keys; returns whether it has answered. */
  answer: ((path: string, response: ServerResponse, request: IncomingMessage) => boolean) | undefined;
  /** What a job shows to GitHub's service. */
  readonly requestToken = "request-token-of-this-job";

  private constructor(server: Server, now_ms: () => number) {
    this.#server = server;
    this.#now_ms = now_ms;
  }

  static async start({ now_ms = Date.now, port = 0, algorithm = "RS256" } = {}): Promise<TestIssuer> {
    const server = createServer();
    const issuer = new TestIssuer(server, now_ms);
    await issuer.rotate(algorithm);
    server.on(
      "request",
      (request, response) => void issuer.#serve(new URL(request.url ?? "/", issuer.address), request, response),
    );
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return issuer;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The newest key is the one that signs. */
  get key(): KeyPair {
    const [key] = this.#keys;
    if (key === undefined) throw new Error("there is no key");
    return key;
  }

  /** What the runner tells a job with `id-token: write`. */
  get githubEnvironment(): Record<string, string> {
    return {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${this.address}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: this.requestToken,
    };
  }

  /** New keys in place of the old ones. */
  async rotate(algorithm = "RS256"): Promise<void> {
    this.#keys = [await keyPair(algorithm)];
  }

  async sign(claims: Record<string, unknown>, options: SignOptions = {}): Promise<string> {
    const { audience = "shardwright", issuer = this.address, expires_s = 300, issued_s = 0, key = this.key } = options;
    const now_s = Math.floor(this.#now_ms() / 1000);
    const token = new SignJWT({ jti: crypto.randomUUID(), ...claims })
      .setProtectedHeader({ alg: key.jwk.alg ?? "RS256", kid: key.jwk.kid ?? "", typ: "JWT" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(now_s + issued_s)
      .setExpirationTime(now_s + expires_s);
    if (options.notBefore_s !== undefined) token.setNotBefore(now_s + options.notBefore_s);
    return await token.sign(key.privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization } = request.headers;
    const json = (body: unknown, status = 200) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (url.pathname === "/keys") this.keysAsked += 1;
    if (this.answer?.(url.pathname, response, request) === true) return;
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return json({ issuer: this.address, jwks_uri: `${this.address}/keys` });
      case "/keys":
        return json({ keys: this.#keys.map(({ jwk }) => jwk) });
      case "/token": {
        this.tokensAsked += 1;
        if (authorization !== `Bearer ${this.requestToken}`) return json({ message: "unauthorized" }, 401);
        const audience = url.searchParams.get("audience") ?? "https://github.com/acme";
        return json({ count: 1, value: await this.sign(this.claims, { audience }) });
      }
      default:
        return json({ message: "not found" }, 404);
    }
  }
}

/** A key pair as issuers publish them. */
export async function keyPair(algorithm = "RS256"): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm);
  const jwk = await exportJWK(publicKey);
  return { jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: algorithm, use: "sig" }, privateKey };
}
