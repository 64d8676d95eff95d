import { attachmentProblems, commentProblems, resultsProblems, runProblems, statusProblems, updateProblems } from "./rules.ts";

export type Json = Record<string, unknown>;

export interface Attachment {
  readonly fileName: string;
  readonly attachmentType?: string;
  readonly content: Buffer;
}

export interface TestRun extends Json {
  readonly id: number;
  name: string;
  state: string;
  results: (Json & { id: number; attachments: Attachment[] })[];
  attachments: Attachment[];
}

export interface Thread extends Json {
  readonly id: number;
  status: string;
  comments: (Json & { id: number; content: string })[];
}

/** What a request comes to: an answer, or what is wrong with it. */
export type Answer = { readonly body: unknown } | { readonly status: number; readonly problems: readonly string[] };

const bad = (problems: readonly string[]): Answer => ({ status: 400, problems });
const missing = (what: string): Answer => ({ status: 404, problems: [`there is no ${what}`] });
const listOf = (value: readonly unknown[]): Answer => ({ body: { count: value.length, value } });
/** Results are numbered from here, as the service numbers them. */
const firstResult = 100_000;

/** What the service remembers. */
export class Store {
  readonly runs = new Map<number, TestRun>();
  readonly commitStatuses: Json[] = [];
  readonly pullStatuses: Json[] = [];
  readonly threads: Thread[] = [];
  readonly #builds: ReadonlySet<string>;
  #next = 1;

  constructor(builds: readonly string[]) {
    this.#builds = new Set(builds);
  }

  /** Carries out a request that the schema allows, or says what the words of the specification have against it. */
  handle(
    method: string,
    path: string,
    parameters: Readonly<Record<string, string>>,
    query: URLSearchParams,
    body: unknown,
  ): Answer {
    const json = (body ?? {}) as Json;
    const run = this.runs.get(Number(parameters.runId));
    if (parameters.runId !== undefined && run === undefined) return missing("test run of this number");
    switch (`${method} ${path.slice(path.indexOf("_apis/") + 6)}`) {
      case "GET test/runs":
        return this.#listRuns(query);
      case "POST test/runs":
        return this.#createRun(json);
      case "GET test/runs/{runId}":
        return { body: shown(run as TestRun, true) };
      case "PATCH test/runs/{runId}":
        return this.#updateRun(run as TestRun, json);
      case "POST test/Runs/{runId}/results":
        return this.#addResults(run as TestRun, body as Json[]);
      case "GET test/Runs/{runId}/results": {
        const skip = Number(query.get("$skip") ?? 0);
        return listOf((run as TestRun).results.slice(skip, skip + Number(query.get("$top") ?? 1000)).map(withoutAttachments));
      }
      case "POST test/Runs/{runId}/attachments":
        return this.#attach((run as TestRun).attachments, json);
      case "POST test/Runs/{runId}/Results/{testCaseResultId}/attachments": {
        const result = (run as TestRun).results.find(({ id }) => id === Number(parameters.testCaseResultId));
        return result === undefined ? missing("result of this number") : this.#attach(result.attachments, json);
      }
      case "POST git/repositories/{repositoryId}/commits/{commitId}/statuses":
        if (!/^[0-9a-f]{40}$/.test(parameters.commitId ?? "")) return bad(["the commit is none"]);
        return this.#addStatus(this.commitStatuses, { ...json, commit: parameters.commitId });
      case "POST git/repositories/{repositoryId}/pullRequests/{pullRequestId}/statuses":
        return this.#addStatus(this.pullStatuses, { ...json, pull: parameters.pullRequestId });
      case "GET git/repositories/{repositoryId}/pullRequests/{pullRequestId}/threads":
        return listOf(this.threads);
      case "POST git/repositories/{repositoryId}/pullRequests/{pullRequestId}/threads":
        return this.#addThread(json);
      default:
        return this.#changeThread(parameters, json);
    }
  }

  #listRuns(query: URLSearchParams): Answer {
    const build = /^vstfs:\/\/\/Build\/Build\/(\d+)$/.exec(query.get("buildUri") ?? "")?.[1];
    if (build === undefined) return bad(["the build's URI is vstfs:///Build/Build/{id}"]);
    const detailed = query.get("includeRunDetails") === "true";
    const all = [...this.runs.values()].filter((run) => (run.build as { id: string } | undefined)?.id === build);
    const skip = Number(query.get("$skip") ?? 0);
    return listOf(all.slice(skip, skip + Number(query.get("$top") ?? 100)).map((run) => shown(run, detailed)));
  }

  #createRun(json: Json): Answer {
    const build = (json.build as { id?: string } | undefined)?.id;
    const problems = runProblems(json);
    if (build !== undefined && !this.#builds.has(build)) problems.push(`there is no build ${build}`);
    if (problems.length > 0) return bad(problems);
    const id = this.#next++;
    const run: TestRun = { state: "NotStarted", ...json, id, name: json.name as string, results: [], attachments: [] };
    this.runs.set(id, run);
    return { body: shown(run, true) };
  }

  #updateRun(run: TestRun, json: Json): Answer {
    const problems = updateProblems(json);
    if (problems.length > 0) return bad(problems);
    Object.assign(run, json);
    return { body: shown(run, true) };
  }

  #addResults(run: TestRun, results: readonly Json[]): Answer {
    const problems = resultsProblems(results);
    if (run.state !== "InProgress") problems.push(`the run is ${run.state}`);
    if (problems.length > 0) return bad(problems);
    const added = results.map((result, index) => ({ ...result, id: firstResult + run.results.length + index, attachments: [] }));
    run.results.push(...added);
    return listOf(added.map(withoutAttachments));
  }

  #attach(attachments: Attachment[], json: Json): Answer {
    const problems = attachmentProblems(json);
    if (problems.length > 0) return bad(problems);
    const { fileName, stream, attachmentType } = json as { fileName: string; stream: string; attachmentType?: string };
    attachments.push({ fileName, content: Buffer.from(stream, "base64"), ...(attachmentType && { attachmentType }) });
    return { body: { id: this.#next++, url: "" } };
  }

  #addStatus(statuses: Json[], json: Json): Answer {
    const problems = statusProblems(json);
    if (problems.length > 0) return bad(problems);
    statuses.push(json);
    return { body: { id: statuses.length, ...json } };
  }

  #addThread(json: Json): Answer {
    const {
      comments = [],
      status = "unknown",
      properties = {},
    } = json as {
      comments?: Json[];
      status?: string;
      properties?: Record<string, unknown>;
    };
    const problems = comments.length === 0 ? ["a thread begins with a comment"] : comments.flatMap(commentProblems);
    if (problems.length > 0) return bad(problems);
    // Values come back with their type.
    const typed = Object.fromEntries(
      Object.entries(properties).map(([key, $value]) => [key, { $type: "System.String", $value: String($value) }]),
    );
    const thread: Thread = {
      id: this.#next++,
      status,
      properties: typed,
      comments: comments.map((comment, index) => ({ ...comment, id: index + 1, content: comment.content as string })),
    };
    this.threads.push(thread);
    return { body: thread };
  }

  #changeThread({ threadId, commentId }: Readonly<Record<string, string>>, json: Json): Answer {
    const thread = this.threads.find(({ id }) => id === Number(threadId));
    if (thread === undefined) return missing("thread of this number");
    if (commentId === undefined) {
      Object.assign(thread, json);
      return { body: thread };
    }
    const comment = thread.comments.find(({ id }) => id === Number(commentId));
    if (comment === undefined) return missing("comment of this number");
    const problems = commentProblems(json);
    if (problems.length > 0) return bad(problems);
    Object.assign(comment, json);
    return { body: comment };
  }
}

function withoutAttachments({ attachments: _attachments, ...result }: Json): Json {
  return result;
}

/** Without its details a run is listed by its number, name and state. */
function shown({ results, attachments: _attachments, ...run }: TestRun, detailed: boolean): Json {
  const url = `https://dev.azure.com/acme/shop/_apis/test/Runs/${run.id}`;
  const brief = { id: run.id, name: run.name, state: run.state, url };
  return detailed ? { ...run, ...brief, totalTests: results.length } : brief;
}
