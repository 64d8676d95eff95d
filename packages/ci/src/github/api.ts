import { z } from "zod";
import { HttpRefusal, type PoliteRequest } from "../http/polite-fetch.ts";
import type { Session } from "../publishing/channel.ts";

/** Where GitHub's API is, and in which repository. */
export interface GithubApi {
  /**
   * @param path below the repository: `/check-runs`
   * @throws HttpRefusal for what GitHub refuses, Error for what it never says
   */
  ask<Schema extends z.ZodType>(request: GithubRequest, path: string, schema: Schema): Promise<z.infer<Schema>>;
  /** All pages of a list, up to `limit` of them. */
  list<Schema extends z.ZodType>(path: string, item: Schema, limit: number): AsyncGenerator<z.infer<Schema>>;
  /** Whose token this is; undefined for an App's, which GitHub does not tell. */
  login(): Promise<string | undefined>;
}

type GithubRequest = Pick<PoliteRequest, "method" | "repeatable"> & { readonly body?: unknown };

const version = "2022-11-28";
export const pageSize = 100;

/** What is missing for GitHub's API, for people; undefined where all is there. */
export function missingForApi({ env, token }: Session): string | undefined {
  if (!env.GITHUB_REPOSITORY) return "GITHUB_REPOSITORY is not set";
  if (tokenOf({ env, token }) === undefined)
    return "no token is given: actions/run takes the job's own, and in a `run:` step GITHUB_TOKEN has to be set";
  return undefined;
}

/** @throws Error where something is missing */
export function githubApi(session: Session): GithubApi {
  const missing = missingForApi(session);
  if (missing !== undefined) throw new Error(missing);
  const root = (session.env.GITHUB_API_URL || "https://api.github.com").replace(/\/+$/, "");
  const headers = {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${tokenOf(session) ?? ""}`,
    "user-agent": "shardwright",
    "x-github-api-version": version,
  };
  const send = ({ method, body, repeatable }: GithubRequest, url: string) =>
    session.fetch(url, {
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      repeatable,
    });
  const below = `${root}/repos/${session.env.GITHUB_REPOSITORY ?? ""}`;
  return {
    async ask(request, path, schema) {
      const { text } = await send(request, `${below}${path}`);
      return parsed(text, schema, path);
    },
    async *list(path, item, limit) {
      const list = z.array(item);
      for (let page = 1; page <= limit; page += 1) {
        const query = `${path.includes("?") ? "&" : "?"}per_page=${pageSize}&page=${page}`;
        const { text, headers: answered } = await send({ method: "GET", repeatable: true }, `${below}${path}${query}`);
        yield* parsed(text, list, path);
        if (!(answered.get("link") ?? "").includes('rel="next"')) return;
      }
    },
    async login() {
      try {
        const { text } = await send({ method: "GET", repeatable: true }, `${root}/user`);
        return parsed(text, z.object({ login: z.string() }), "/user").login;
      } catch (error) {
        if (error instanceof HttpRefusal && error.status === 403) return undefined;
        throw error;
      }
    },
  };
}

/** Whether a request was carried out is not known. */
export function isOpen(error: unknown): boolean {
  return error instanceof HttpRefusal && (error.status === 0 || error.status >= 500);
}

function tokenOf({ env, token }: Pick<Session, "env" | "token">): string | undefined {
  return token || env.GITHUB_TOKEN || undefined;
}

function parsed<Schema extends z.ZodType>(text: string, schema: Schema, path: string): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} was not answered in JSON: is GITHUB_API_URL right?`, { cause: error });
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new Error(`${path} was answered with what GitHub never says: ${z.prettifyError(read.error)}`);
}
