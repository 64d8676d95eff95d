import { HttpRefusal, type PoliteAnswer } from "../http/polite-fetch.ts";
import type { Environment } from "../provider.ts";
import type { Session } from "../publishing/channel.ts";
import { collectionOf } from "./describe.ts";

/** The newest version that is no preview. */
const apiVersion = "7.1";

interface Call {
  readonly method: "GET" | "POST" | "PATCH";
  /** Below the project: `_apis/test/runs`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** It may be sent again although it may have been carried out. */
  readonly repeatable: boolean;
  /** The permission that it takes, as the settings call it. */
  readonly permission: string;
}

/** The REST API of the job's project. @throws HttpRefusal */
export type AzureService = (call: Call) => Promise<unknown>;

/** Why the API cannot be called from this job, with what to do; undefined where it can. */
export function serviceUnavailable({ env, token }: Session): string | undefined {
  if (collectionOf(env) === undefined || !env.SYSTEM_TEAMPROJECT)
    return "System.CollectionUri and System.TeamProject are not known: this is no job of Azure Pipelines";
  if ((token ?? jobToken(env)) !== undefined) return undefined;
  return "there is no token: map the job's own with `env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }`";
}

/** The job's own token, where its step has been given it. */
function jobToken(env: Environment): string | undefined {
  const token = env.SYSTEM_ACCESSTOKEN;
  // A variable that does not exist stays as it was written.
  return token === undefined || token === "" || token.startsWith("$(") ? undefined : token;
}

/** Calls the job's project with the job's token, or the one that the user gave. */
export function azureService({ env, token, fetch }: Session): AzureService {
  const base = `${collectionOf(env)}${encodeURIComponent(env.SYSTEM_TEAMPROJECT ?? "")}/`;
  const authorization = authorizationOf(token ?? jobToken(env) ?? "");
  return async ({ method, path, query = {}, body, repeatable, permission }) => {
    const url = `${base}${path}?${new URLSearchParams({ ...query, "api-version": apiVersion }).toString()}`;
    try {
      const answer = await fetch(url, {
        method,
        headers: {
          authorization,
          accept: "application/json",
          // Else it answers a wrong token with the page where people sign in.
          "x-tfs-fedauthredirect": "Suppress",
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        repeatable,
      });
      return parsed(answer, `${method} ${path}`);
    } catch (error) {
      throw explained(error, permission);
    }
  };
}

/** A job's token is a JSON Web Token, one that a person made is not. */
function authorizationOf(token: string): string {
  return token.split(".").length === 3 ? `Bearer ${token}` : `Basic ${Buffer.from(`:${token}`).toString("base64")}`;
}

function parsed({ status, headers, text }: PoliteAnswer, where: string): unknown {
  if (status === 203 || /^text\/html\b/i.test(headers.get("content-type") ?? ""))
    throw new HttpRefusal(`${where} was answered with the page where people sign in`, { status: 401, text: "" });
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new HttpRefusal(`${where} was answered with ${status} and no JSON`, { status, text: text.slice(0, 300), cause });
  }
}

function explained(error: unknown, permission: string): unknown {
  if (!(error instanceof HttpRefusal)) return error;
  const { status, text, message } = error;
  if (status === 302) return new HttpRefusal(`${message} (the page where people sign in)`, { status: 401, text, cause: error });
  if (status !== 403) return error;
  return new HttpRefusal(`${message}; give the project's build service the permission “${permission}”`, {
    status,
    text,
    cause: error,
  });
}

/** True where nobody can say whether the request was carried out. */
function isUncertain(error: unknown): boolean {
  return error instanceof HttpRefusal && (error.status === 0 || error.status >= 500);
}

const uncertainTries = 5;

/**
 * Has something made exactly once, by a request that would make it twice if it were sent twice: where its answer is lost, looks for it.
 * @throws HttpRefusal
 */
export async function madeOnce<T>(make: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await make();
    } catch (error) {
      if (!isUncertain(error) || attempt >= uncertainTries) throw error;
      const found = await find();
      if (found !== undefined) return found;
    }
  }
}
