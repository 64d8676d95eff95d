import { ShardwrightError } from "@shardwright/core";
import type { CoordinatorParts } from "../parts.ts";
import type { Route } from "./define-route.ts";

/** What is of no project: a blob is found by who knows its hash, what the fleet has is needed to cut files for it, and a session is of who asks. */
const ofNoProject: ReadonlySet<string> = new Set([
  "put /api/v1/blobs/:sha256",
  "post /api/v1/blobs/missing",
  "get /api/v1/blobs/:sha256",
  "get /api/v1/blobs/:sha256/lines",
  "get /api/v1/workers",
  "get /api/v1/demand",
  "get /api/v1/session",
]);

interface Touched {
  readonly params?: Record<string, unknown>;
  readonly query?: Record<string, unknown>;
  readonly body?: Record<string, unknown>;
}

/**
 * Keeps a call within the one project that its token is for. A call that names no project, run or worker is refused, whatever it may be;
 * a list without a project becomes that of the token's.
 * @throws ShardwrightError `other-project`, or `not-found` for a run of another project, of which nothing is told
 */
export async function keepToProject(
  route: Route,
  call: Parameters<Route["handle"]>[0],
  project: string,
  parts: CoordinatorParts,
): Promise<void> {
  const { params = {}, query = {}, body = {} } = call as unknown as Touched;
  const { context } = call;
  const refusal = new ShardwrightError("other-project", { project });
  let isNamed = ofNoProject.has(`${route.method} ${route.path}`);
  if (route.query !== undefined && "project" in route.query.shape) {
    // A default is nothing that was asked for.
    if (context.req.query("project") === undefined) query["project"] = project;
    if (query["project"] !== project) throw refusal;
    isNamed = true;
  }
  if (typeof body["project"] === "string") {
    if (body["project"] !== project) throw refusal;
    isNamed = true;
  }
  if (typeof params["run"] === "string") {
    await refuseOtherRun(params["run"], project, parts);
    isNamed = true;
  }
  if (typeof params["worker"] === "string") {
    const worker = parts.queries.workers.byId(params["worker"]);
    // One that is not there is refused by its own name.
    if (worker !== undefined && (worker.run === null || parts.queries.runs.byId(worker.run)?.project !== project)) throw refusal;
    isNamed = true;
  }
  // A worker that takes work of one run registers with it.
  isNamed ||= typeof body["run"] === "string";
  // A fence is no secret: who knows it must not speak for another project's run.
  for (const run of runsIn(body)) await refuseOtherRun(run, project, parts);
  if (!isNamed) throw refusal;
}

/** The runs that a body speaks of, each once. */
function runsIn(body: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const listed = [body["outputs"], body["events"]].flatMap((list) => (Array.isArray(list) ? (list as { run?: unknown }[]) : []));
  return new Set([body, ...listed].map(({ run }) => run).filter((run) => typeof run === "string"));
}

async function refuseOtherRun(run: string, project: string, { queries, ledger }: CoordinatorParts): Promise<void> {
  let found = queries.runs.byId(run);
  if (found === undefined && ledger.role !== "leader") {
    // It may have been made a moment ago, and not have come here yet.
    await ledger.barrier();
    found = queries.runs.byId(run);
  }
  if (found?.project !== project) throw new ShardwrightError("not-found", { what: `run ${run}` });
}
