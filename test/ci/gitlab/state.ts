/** A pipeline of the project's. */
interface Pipeline {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  /** A child counts for its parent and takes no status from outside. */
  readonly source: "push" | "merge_request_event" | "parent_pipeline" | "external";
}

type StatusState = "created" | "pending" | "running" | "success" | "failed" | "canceled" | "skipped";

/** A commit's status, which is a job in a stage `external`. */
export interface Status {
  readonly id: number;
  readonly sha: string;
  readonly name: string;
  readonly ref: string;
  readonly pipeline_id: number;
  status: StatusState;
  target_url: string | null;
  description: string | null;
}

export interface Note {
  readonly id: number;
  readonly author: number;
  readonly system: boolean;
  body: string;
}

/** What one request does to it is done at once. */
export interface GitlabState {
  readonly project: { readonly id: number; readonly path: string };
  readonly pipelines: Pipeline[];
  readonly statuses: Status[];
  /** By the merge request's visible number. */
  readonly notes: Map<number, Note[]>;
  /** What a note had GitLab do: each a line of its text. */
  readonly quickActions: string[];
}

/** From which states an event leads to one (app/models/commit_status.rb). */
const events: Readonly<Record<string, { readonly event: string; readonly from: readonly StatusState[] }>> = {
  pending: { event: "enqueue", from: ["created", "skipped"] },
  running: { event: "run", from: ["pending"] },
  success: { event: "success", from: ["created", "pending", "running"] },
  failed: { event: "drop", from: ["created", "pending", "running"] },
  canceled: { event: "cancel", from: ["created", "pending", "running"] },
  skipped: { event: "skip", from: ["created", "pending"] },
};

export interface StatusRequest {
  readonly state: Exclude<StatusState, "created">;
  readonly name?: string;
  readonly context?: string;
  readonly ref?: string;
  readonly target_url?: string;
  readonly description?: string;
  readonly pipeline_id?: number;
}

/** Sets a commit's status as GitLab does (app/services/ci/create_commit_status_service.rb). @returns the status, or the refusal */
export function setStatus(state: GitlabState, sha: string, request: StatusRequest, id: () => number): Status | [number, string] {
  const taking = state.pipelines.filter(({ source }) => source !== "parent_pipeline");
  const known = state.pipelines.some((pipeline) => pipeline.sha === sha);
  if (!known) return [404, "404 Commit Not Found"];
  const matching = taking
    .filter((one) => one.sha === sha && (request.ref === undefined || one.ref === request.ref))
    .filter((one) => request.pipeline_id === undefined || one.id === request.pipeline_id)
    .toSorted((first, second) => second.id - first.id);
  if (request.pipeline_id !== undefined && matching.length === 0)
    return [404, "404 Pipeline for pipeline_id, sha and ref Not Found"];
  let [pipeline] = matching;
  if (pipeline === undefined) {
    pipeline = { id: id(), sha, ref: request.ref ?? "main", source: "external" };
    state.pipelines.push(pipeline);
  }
  const { id: pipeline_id, ref } = pipeline;
  const name = request.name ?? request.context ?? "default";
  const open = state.statuses.find(
    (one) => one.pipeline_id === pipeline_id && one.name === name && (one.status === "pending" || one.status === "running"),
  );
  const before = open?.status ?? "created";
  const event = events[request.state];
  // `running` enqueues first, and minds not if that is not to be done.
  const from = request.state === "running" && before === "created" ? "pending" : before;
  if (event?.from.includes(from) !== true)
    return [
      400,
      `Cannot transition status via :${event?.event} from :${before} (Reason(s): Status cannot transition via "${event?.event}")`,
    ];
  const status = open ?? { id: id(), sha, name, ref, pipeline_id, status: "created", target_url: null, description: null };
  if (open === undefined) state.statuses.push(status);
  return Object.assign(status, {
    status: request.state,
    target_url: request.target_url ?? status.target_url,
    description: request.description ?? status.description,
  });
}

/** What GitLab carries out of a note: lines that begin with a slash and stand in no fenced block. */
export function quickActionsIn(body: string): string[] {
  return [...body.replaceAll(/^```.*?\n.+?\n```\s*$/gms, "").matchAll(/^\/[a-z_]+.*$/gm)].map(([line]) => line);
}
