import { HttpRefusal, type PoliteAnswer, type PoliteFetch, type PoliteRequest } from "@shardwright/ci";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { GithubApp } from "./options.ts";

/** GitHub's clock may be behind ours, and lets an App's token live for ten minutes. */
const backdate_s = 60;
const appToken_s = 540;
/** An installation's token lives an hour: another one is asked for so long before its end. */
const early_ms = 300_000;
/** Repositories whose tokens are kept; the one that was used longest ago goes first. */
const kept_limit = 1000;

const installationSchema = z.object({ id: z.int() });
const tokenSchema = z.object({ token: z.string().min(1), expires_at: z.iso.datetime({ offset: true }) });

interface Access {
  readonly token: string;
  readonly ends_ms: number;
}

export interface RepositoryRequest {
  readonly method: PoliteRequest["method"];
  /** Below `/repos/OWNER/NAME`. */
  readonly path: string;
  readonly body?: unknown;
  readonly repeatable: boolean;
}

/**
 * Requests of a GitHub App to the repositories that it is installed at, each with a token for that repository and its checks alone
 * (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app).
 */
export class AppAccess {
  readonly #app: GithubApp;
  readonly #clock: Clock;
  readonly #fetch: PoliteFetch;
  /** By repository; insertion order is the order of use. */
  readonly #accesses = new Map<string, Promise<Access>>();

  /** Requests by what came of them: `2xx`, `4xx`, `5xx`, and `none` where no answer came; those that were tried again are one. */
  readonly outcomes = new Map<string, number>();

  constructor(app: GithubApp, clock: Clock, fetch: PoliteFetch) {
    this.#app = app;
    this.#clock = clock;
    this.#fetch = fetch;
  }

  /** @param repository `acme/shop` @throws HttpRefusal; 404 where the App is not installed */
  async request(repository: string, request: RepositoryRequest): Promise<PoliteAnswer> {
    const access = await this.#accessTo(repository);
    try {
      return await this.#send(access.token, `/repos/${repository}${request.path}`, request);
    } catch (error) {
      // A token that was taken back, or ended before its time, was good for nothing: another one may be asked for once.
      if (!(error instanceof HttpRefusal) || error.status !== 401) throw error;
      this.#accesses.delete(repository);
      const { token } = await this.#accessTo(repository);
      return await this.#send(token, `/repos/${repository}${request.path}`, request);
    }
  }

  async #accessTo(repository: string): Promise<Access> {
    const known = this.#accesses.get(repository);
    const access = known === undefined ? undefined : await known.catch(() => undefined);
    if (known !== undefined && access !== undefined && access.ends_ms - early_ms > this.#clock.now_ms()) {
      this.#accesses.delete(repository);
      this.#accesses.set(repository, known);
      return access;
    }
    // Whoever comes meanwhile waits for the same.
    const current = this.#accesses.get(repository);
    if (current !== undefined && current !== known) return await current;
    const asked = this.#ask(repository);
    this.#accesses.delete(repository);
    this.#accesses.set(repository, asked);
    asked.catch(() => {
      if (this.#accesses.get(repository) === asked) this.#accesses.delete(repository);
    });
    for (const [oldest] of this.#accesses) {
      if (this.#accesses.size <= kept_limit) break;
      this.#accesses.delete(oldest);
    }
    return await asked;
  }

  async #ask(repository: string): Promise<Access> {
    const own = await this.#ownToken();
    const found = await this.#send(own, `/repos/${repository}/installation`, { method: "GET", repeatable: true });
    const { id } = installationSchema.parse(JSON.parse(found.text));
    const [, name = ""] = repository.split("/");
    const made = await this.#send(own, `/app/installations/${id}/access_tokens`, {
      method: "POST",
      body: { repositories: [name], permissions: { checks: "write" } },
      // Another token does no harm.
      repeatable: true,
    });
    const { token, expires_at } = tokenSchema.parse(JSON.parse(made.text));
    return { token, ends_ms: Date.parse(expires_at) };
  }

  async #ownToken(): Promise<string> {
    const { SignJWT } = await import("jose");
    const now_s = Math.floor(this.#clock.now_ms() / 1000);
    return await new SignJWT()
      .setProtectedHeader({ alg: "RS256" })
      .setIssuer(String(this.#app.appId))
      .setIssuedAt(now_s - backdate_s)
      .setExpirationTime(now_s + appToken_s)
      .sign(this.#app.key);
  }

  async #send(token: string, path: string, request: Omit<RepositoryRequest, "path">): Promise<PoliteAnswer> {
    let status = 0;
    try {
      const answer = await this.#sendNow(token, path, request);
      ({ status } = answer);
      return answer;
    } catch (error) {
      if (error instanceof HttpRefusal) ({ status } = error);
      throw error;
    } finally {
      const outcome = status === 0 ? "none" : `${Math.floor(status / 100)}xx`;
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    }
  }

  #sendNow(token: string, path: string, { method, body, repeatable }: Omit<RepositoryRequest, "path">): Promise<PoliteAnswer> {
    return this.#fetch(`${this.#app.apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/vnd.github+json",
        "user-agent": "shardwright-coordinator",
        "x-github-api-version": "2022-11-28",
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      repeatable,
    });
  }
}
