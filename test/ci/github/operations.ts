import type { Access, App } from "./access.ts";
import { filled } from "./contract.ts";
import { checkRunAnswer, commentAnswer, type CheckRun, type GithubState } from "./state.ts";

type Json = Readonly<Record<string, unknown>>;

interface Asked {
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Json;
  readonly access: Access;
  /** ISO 8601. */
  readonly now: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** Of a list: how many there are in all, for the `link` header. */
  readonly count?: number;
}

/** What the operations need of their server. */
interface Place {
  readonly state: GithubState;
  readonly app: App | undefined;
  readonly nextId: () => number;
  /** Remembers a token of an installation. */
  readonly grant: (writes: ReadonlySet<string>) => { token: string; expires_at: string };
}

type Behaviour = (asked: Asked, place: Place) => Answer;

const repository = "/repos/{owner}/{repo}";
const gone: Answer = { status: 404, body: { message: "Not Found" } };

/** What each operation does, by its key. */
export const behaviours: Readonly<Record<string, Behaviour>> = {
  [`POST ${repository}/check-runs`]: ({ body, access, now }, { state, nextId }) => {
    const made = { id: nextId(), app: access.app, created_at: now, status: "queued", output: {}, actions: [], annotations: [] };
    const run = write(made as unknown as CheckRun, body);
    state.checkRuns.push(run);
    return { status: 201, body: checkRunAnswer(run) };
  },
  [`PATCH ${repository}/check-runs/{check_run_id}`]: ({ path, body, access }, { state }) => {
    const run = state.checkRuns.find(({ id }) => id === Number(path.check_run_id));
    if (run === undefined) return gone;
    if (run.app !== access.app)
      return {
        status: 403,
        body: { message: `Invalid app_id \`${run.app}\` - check run can only be modified by the GitHub App that created it.` },
      };
    return { status: 200, body: checkRunAnswer(write(run, body)) };
  },
  [`GET ${repository}/check-runs/{check_run_id}`]: ({ path }, { state }) => {
    const run = state.checkRuns.find(({ id }) => id === Number(path.check_run_id));
    return run === undefined ? gone : { status: 200, body: checkRunAnswer(run) };
  },
  [`GET ${repository}/check-runs/{check_run_id}/annotations`]: ({ path, query }, { state }) => {
    const run = state.checkRuns.find(({ id }) => id === Number(path.check_run_id));
    if (run === undefined) return gone;
    const notes = run.annotations.map((note) => filled("check-annotation", note));
    return { status: 200, body: page(notes, query), count: notes.length };
  },
  [`POST ${repository}/check-runs/{check_run_id}/rerequest`]: ({ path }, { state }) => {
    if (!state.checkRuns.some(({ id }) => id === Number(path.check_run_id))) return gone;
    state.reruns.push(`check-runs/${path.check_run_id}`);
    return { status: 201, body: {} };
  },
  [`GET ${repository}/commits/{ref}/check-runs`]: ({ path, query }, { state }) => {
    const name = query.get("check_name");
    const app = query.get("app_id");
    const found = state.checkRuns
      .filter(
        (run) => run.head_sha === path.ref && (name === null || run.name === name) && (app === null || run.app === Number(app)),
      )
      .toReversed();
    // All checks here are of one suite, and `filter` is `latest` unless said: of one name and App the newest alone.
    const seen = new Set<string>();
    const listed =
      query.get("filter") === "all"
        ? found
        : found.filter(({ name: own, app: by }) => !seen.has(`${by} ${own}`) && seen.add(`${by} ${own}`));
    const runs = page(listed, query).map((run) => checkRunAnswer(run));
    return { status: 200, body: { total_count: listed.length, check_runs: runs }, count: listed.length };
  },
  [`POST ${repository}/statuses/{sha}`]: ({ path, body }, { state, nextId }) => {
    const status = { id: nextId(), context: "default", description: null, target_url: null, ...body, sha: path.sha ?? "" };
    state.statuses.push(status as unknown as GithubState["statuses"][number]);
    const { sha: _sha, ...told } = status;
    return { status: 201, body: filled("status", told) };
  },
  [`GET ${repository}/commits/{ref}/statuses`]: ({ path, query }, { state }) => {
    const found = state.statuses.filter(({ sha }) => sha === path.ref).toReversed();
    const told = page(found, query).map(({ sha: _sha, ...status }) => filled("status", status));
    return { status: 200, body: told, count: found.length };
  },
  [`POST ${repository}/issues/{issue_number}/comments`]: ({ path, body, access }, { state, nextId }) => {
    const comment = {
      id: nextId(),
      issue: Number(path.issue_number),
      login: access.login,
      app: access.app,
      body: String(body.body),
      edits: 0,
    };
    state.comments.push(comment);
    return { status: 201, body: commentAnswer(comment) };
  },
  [`GET ${repository}/issues/{issue_number}/comments`]: ({ path, query }, { state }) => {
    const found = state.comments.filter(({ issue }) => issue === Number(path.issue_number));
    return { status: 200, body: page(found, query).map((comment) => commentAnswer(comment)), count: found.length };
  },
  [`GET ${repository}/issues/comments/{comment_id}`]: ({ path }, { state }) => {
    const comment = state.comments.find(({ id }) => id === Number(path.comment_id));
    return comment === undefined ? gone : { status: 200, body: commentAnswer(comment) };
  },
  [`PATCH ${repository}/issues/comments/{comment_id}`]: ({ path, body }, { state }) => {
    const comment = state.comments.find(({ id }) => id === Number(path.comment_id));
    if (comment === undefined) return gone;
    comment.body = String(body.body);
    comment.edits += 1;
    return { status: 200, body: commentAnswer(comment) };
  },
  [`DELETE ${repository}/issues/comments/{comment_id}`]: ({ path }, { state }) => {
    const index = state.comments.findIndex(({ id }) => id === Number(path.comment_id));
    if (index < 0) return gone;
    state.comments.splice(index, 1);
    return { status: 204 };
  },
  [`GET ${repository}/pulls`]: ({ query }, { state }) => {
    const head = query.get("head");
    const found = state.pulls.filter((pull) => head === null || pull.head === head);
    const told = page(found, query).map(({ number, sha, head: label }) =>
      filled("pull-request-simple", { number, head: { label, sha, ref: label.split(":")[1] }, base: {} }),
    );
    return { status: 200, body: told, count: found.length };
  },
  [`GET ${repository}/actions/runs/{run_id}/artifacts`]: ({ query }, { state }) => {
    const told = page(state.artifacts, query).map((artifact) => filled("artifact", artifact));
    return { status: 200, body: { total_count: state.artifacts.length, artifacts: told }, count: state.artifacts.length };
  },
  [`GET ${repository}/actions/runs/{run_id}/jobs`]: ({ query }, { state }) => {
    const told = page(state.jobs, query).map((job) => filled("job", job));
    return { status: 200, body: { total_count: state.jobs.length, jobs: told }, count: state.jobs.length };
  },
  [`POST ${repository}/actions/runs/{run_id}/rerun-failed-jobs`]: ({ path }, { state }) => {
    state.reruns.push(`runs/${path.run_id}`);
    return { status: 201, body: {} };
  },
  "GET /user": ({ access }) =>
    access.kind === "personal"
      ? { status: 200, body: filled("private-user", { login: access.login, type: "User" }) }
      : { status: 403, body: { message: "Resource not accessible by integration" } },
  "GET /app": (_asked, { app }) => ({
    status: 200,
    body: filled("integration", { id: app?.id, slug: app?.slug, name: app?.slug }),
  }),
  [`GET ${repository}/installation`]: (_asked, { app }) =>
    app === undefined
      ? gone
      : { status: 200, body: filled("installation", { id: app.installation, app_id: app.id, app_slug: app.slug }) },
  "POST /app/installations/{installation_id}/access_tokens": ({ path, body }, { app, grant }) => {
    if (app === undefined || Number(path.installation_id) !== app.installation) return gone;
    const asked = body.permissions as Readonly<Record<string, string>> | undefined;
    const writes = asked === undefined ? [...app.writes] : Object.keys(asked).filter((name) => asked[name] === "write");
    const missing = writes.filter((name) => !app.writes.has(name));
    if (missing.length > 0)
      return { status: 422, body: { message: "The permissions requested are not granted to this installation." } };
    const permissions = Object.fromEntries(writes.map((name) => [name, "write"]));
    return { status: 201, body: filled("installation-token", { ...grant(new Set(writes)), permissions }) };
  },
};

function write(run: CheckRun, body: Json): CheckRun {
  const { output, ...rest } = body as { output?: Json & { annotations?: readonly Json[] } };
  const { annotations = [], ...words } = output ?? {};
  Object.assign(run, rest, { output: { ...run.output, ...words } });
  // Annotations are added to those that are there, in each request.
  run.annotations.push(...annotations);
  if (run.conclusion !== undefined && body.conclusion !== undefined) run.status = "completed";
  return run;
}

function page<T>(all: readonly T[], query: URLSearchParams): T[] {
  const size = Number(query.get("per_page") ?? 30);
  const number = Number(query.get("page") ?? 1);
  return all.slice((number - 1) * size, number * size);
}
