import { filled } from "./contract.ts";

type Json = Readonly<Record<string, unknown>>;

export interface CheckRun {
  readonly id: number;
  readonly app: number;
  readonly created_at: string;
  name: string;
  head_sha: string;
  status: string;
  conclusion?: string;
  details_url?: string;
  external_id?: string;
  started_at?: string;
  completed_at?: string;
  output: { title?: string; summary?: string; text?: string };
  actions: readonly Json[];
  annotations: Json[];
}

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly login: string;
  readonly app: number;
  body: string;
  /** How often it was written anew. */
  edits: number;
}

interface Status extends Json {
  readonly sha: string;
  readonly state: string;
}

interface PullRequest {
  readonly number: number;
  /** `owner:branch` */
  readonly head: string;
  readonly sha: string;
}

/** What the server remembers. Tests read it, and may put into it what was there before. */
export interface GithubState {
  readonly checkRuns: CheckRun[];
  readonly comments: Comment[];
  readonly statuses: Status[];
  readonly pulls: PullRequest[];
  /** `check-runs/7` and `runs/9`, that were asked to run again. */
  readonly reruns: string[];
  readonly artifacts: Json[];
  readonly jobs: Json[];
}

export function emptyState(): GithubState {
  return { checkRuns: [], comments: [], statuses: [], pulls: [], reruns: [], artifacts: [], jobs: [] };
}

/** A check run as GitHub tells of it. */
export function checkRunAnswer(run: CheckRun): Json {
  const { annotations, output, app, actions: _actions, created_at: _created, ...rest } = run;
  return filled("check-run", {
    ...rest,
    external_id: run.external_id ?? "",
    conclusion: run.conclusion ?? null,
    started_at: run.started_at ?? null,
    completed_at: run.completed_at ?? null,
    details_url: run.details_url ?? null,
    html_url: `https://github.example/o/r/runs/${run.id}`,
    output: {
      title: output.title ?? null,
      summary: output.summary ?? null,
      text: output.text ?? null,
      annotations_count: annotations.length,
      annotations_url: `https://api.github.example/check-runs/${run.id}/annotations`,
    },
    app: { id: app },
    check_suite: { id: 5 },
  });
}

/** A comment as GitHub tells of it. */
export function commentAnswer({ id, body, login, app, issue }: Comment): Json {
  return filled("issue-comment", {
    id,
    body,
    html_url: `https://github.example/o/r/pull/${issue}#issuecomment-${id}`,
    user: { login, type: login.endsWith("[bot]") ? "Bot" : "User" },
    performed_via_github_app: app === 0 ? null : { id: app },
  });
}
