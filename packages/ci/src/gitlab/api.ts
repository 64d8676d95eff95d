import type { Commits, MergeRequestNotes, Users } from "@gitbeaker/rest";
import type { PoliteFetch, PoliteRequest } from "../http/polite-fetch.ts";
import type { GitlabAccess } from "./access.ts";

/** GitLab says this while another request changes the same commit's statuses. */
const busy = 409;

/** What is used of GitLab's API. */
export interface GitlabApi {
  readonly commits: Commits;
  readonly notes: MergeRequestNotes;
  readonly users: Users;
}

/**
 * GitLab's API, by its client `@gitbeaker/rest`: it knows the paths and encodes what is put into them. How requests are made stays ours:
 * its own way asks again ten times within 310 ms and does not hear of `Retry-After`.
 */
export async function openGitlab({ host, token }: GitlabAccess, send: PoliteFetch): Promise<GitlabApi> {
  // Loaded here and not above: most commands never speak to GitLab.
  const [rest, { createRequesterFn }] = await Promise.all([import("@gitbeaker/rest"), import("@gitbeaker/requester-utils")]);
  const requesterFn = createRequesterFn(
    (_service, request) => Promise.resolve(request),
    // What comes back is typed by the caller, who names the endpoint.
    (endpoint, options) => request(send, endpoint, options as unknown as ClientRequest) as Promise<never>,
  );
  const options = { host, token, requesterFn, rateLimits: {} };
  return {
    commits: new rest.Commits(options),
    notes: new rest.MergeRequestNotes(options),
    users: new rest.Users(options),
  };
}

/** What the client asks its requester for. */
interface ClientRequest {
  readonly method: PoliteRequest["method"];
  readonly prefixUrl: string;
  readonly searchParams?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function request(send: PoliteFetch, endpoint: string, options: ClientRequest) {
  const { method, prefixUrl, searchParams = "", headers, body } = options;
  const url = new URL(endpoint, prefixUrl.endsWith("/") ? prefixUrl : `${prefixUrl}/`);
  url.search = searchParams;
  const answer = await send(url.href, {
    method,
    headers: { ...headers, accept: "application/json" },
    ...(body !== undefined && { body }),
    // A note that is written twice is there twice; a status is not.
    repeatable: method !== "POST" || endpoint.includes("/statuses/"),
    notCarriedOut: [busy],
  });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: parsed(answer.text, url) };
}

function parsed(text: string, { host }: URL): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${host} did not answer in JSON: is CI_API_V4_URL right, and the API open to this job?`, { cause: error });
  }
}
