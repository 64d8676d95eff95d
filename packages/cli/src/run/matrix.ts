import { availableParallelism, hostname } from "node:os";
import { createClient, type Client } from "@shardwright/client";
import {
  needsBrowser,
  readTraceParent,
  reasonOf,
  ShardwrightError,
  type MatrixJob,
  type SubmitResponse,
  type Timings,
} from "@shardwright/core";
import type { Runner } from "@shardwright/runners";
import type { WorkerHandle } from "@shardwright/worker";
import { failoverOf, type CoordinatorAccess } from "../config/failover.ts";
import { identityRemedy, showsIdentity, withIdentity } from "../config/identity.ts";
import { discover, listingEnvironment, requireTests, type Manifest } from "./discover.ts";
import { forkWithoutToken, isBack, isOutOfReach, lastTry_ms, runWithout } from "./fallback.ts";
import { splitHeavyFiles } from "./heavy-files.ts";
import { matrixJob, oneOfSeveral } from "./matrix-job.ts";
import { onceForRun } from "./once.ts";
import { readNeeds } from "./requirements.ts";
import { finalReport, untilAborted, type RunRequest } from "./run-suites.ts";
import { describeRun, estimatesFor, submissionSentence } from "./submission.ts";
import { describeContext } from "./workspace.ts";
import { chooseSuites } from "./suites.ts";
import { withKnownResults } from "./replay.ts";
import type { WatchedOutcome } from "./watch.ts";

/**
 * One of several jobs of a pipeline that are the workers of one run. The first to come creates it, each stays until it has ended, so that
 * what a lost job leaves is taken over, and all end with its verdict. A job that is run again takes the run up where it stands. When the
 * coordinator cannot be reached for long, the job runs its own share, and hands the results in if the coordinator is back by then.
 * @throws ShardwrightError for what is wrong before there is a run, `worker-name-taken` when two jobs have one index
 */
export async function runMatrixJob(request: RunRequest): Promise<WatchedOutcome> {
  const { configuration, runners } = request;
  const { settings } = configuration;
  const { coordinator: addresses } = settings;
  const barred = forkWithoutToken(request);
  if (barred !== undefined) return { report: await runWithout(request, matrixJob(settings, request.environment), barred) };
  if (addresses === undefined || (settings.apiKey === undefined && !showsIdentity(request.environment)))
    throw new ShardwrightError("usage", {
      problem:
        addresses === undefined ? "The jobs of a pipeline meet at a coordinator, and none is named." : "No token is given.",
      remedy: `Pass --coordinator and set SHARDWRIGHT_API_KEY to a token of the scope job, or ${identityRemedy}. Without one, use \`shardwright split\`.`,
    });
  const job = matrixJob(settings, request.environment);
  const suites = await chooseSuites(configuration, request.directory, runners);
  const environment = listingEnvironment(request.environment);
  const { requirements, browsers } = readNeeds(settings.requirements, settings.hardwareRequirements);
  const { signal } = request;
  const discovering = discover({ workspace: configuration.root, suites, runners, requirements, browsers, environment, signal });
  const manifest = await Promise.race([untilAborted(signal, () => new ShardwrightError("interrupted")), discovering]);
  requireTests(manifest, configuration);
  const reach = async (patience_ms?: number): Promise<CoordinatorAccess> => {
    const say = (line: string) => void process.stderr.write(`${line}\n`);
    const { apiKey = "" } = await withIdentity(settings, {
      environment: request.environment,
      signal,
      forRun: true,
      patience_ms,
      say,
    });
    return { addresses, apiKey, failover: failoverOf(settings) };
  };
  let access: CoordinatorAccess | undefined;
  try {
    access = await reach();
    return await takePart(request, { access, manifest, job, runners, splits: settings.splitFiles });
  } catch (error) {
    if (!isOutOfReach(error) || !settings.fallback || request.signal.aborted) throw error;
    const own = await runWithout(request, oneOfSeveral(job), reasonOf(error));
    access ??= await reach(lastTry_ms).catch(() => undefined);
    if (access === undefined || !(await isBack(access))) return { report: own };
    // Its results are those of whole files.
    const known = { access, manifest, job, runners: withKnownResults(runners, own), splits: false };
    return await takePart(request, known).catch((failure: unknown) => {
      if (isOutOfReach(failure)) return { report: own };
      throw failure;
    });
  }
}

interface Part {
  readonly access: CoordinatorAccess;
  readonly manifest: Manifest;
  readonly job: MatrixJob | undefined;
  readonly runners: ReadonlyMap<string, Runner>;
  /** Heavy files may be dealt out in parts. */
  readonly splits: boolean;
}

async function takePart(request: RunRequest, part: Part): Promise<WatchedOutcome> {
  const { access, job, runners } = part;
  const { settings } = request.configuration;
  await using resources = new AsyncDisposableStack();
  const client = createClient({ ...access, retry: { attempts: 1000, total_ms: settings.fallbackAfter * 1000 } });
  resources.defer(() => client.close());
  const history = await client.getTimings({ project: settings.project });
  const { manifest, notices } = await dealtManifest(client, request, part, history);
  const context = await describeContext(request.environment, request.directory);
  const submission = describeRun(request.configuration, context, manifest, { kind: "checkout" }, job);
  const submitted = await client.submitRun(submission, { trace_parent: readTraceParent(request.environment.TRACEPARENT) });
  const isOurs = submitted.disposition === "created";
  // The run of another job may hold its heavy files in other parts.
  const view = request.view(manifest, isOurs ? estimatesFor(history, submission) : new Map());
  resources.defer(() => view.end());
  if (isOurs) for (const line of notices) view.say(line);
  view.say(submissionSentence(submitted, part.manifest));
  request.onSubmitted?.(submitted);
  const name = nameOf(submitted, job);
  const outcome = async (): Promise<WatchedOutcome> => ({
    ...(await finalReport(client, submitted.run, request, { suites: manifest.suites, say: (line) => view.say(line) })),
    once: onceForRun(access, submitted.run, name),
  });
  if (submitted.disposition === "finished" || submitted.disposition === "ended") return await outcome();

  const onStop = () => view.say("Stopping: what runs here is handed back. Once more to leave at once.");
  request.signal.addEventListener("abort", onStop, { once: true });
  resources.defer(() => request.signal.removeEventListener("abort", onStop));
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, request.signal]);
  const { startWorker } = await import("@shardwright/worker");
  const starting = startWorker({
    ...access,
    name,
    slots: settings.slots ?? availableParallelism(),
    run: submitted.run,
    checkout: request.configuration.root,
    detect: "full",
    browsers: settings.detectBrowsers && manifest.tasks.some(({ requirements }) => needsBrowser(requirements)),
    labels: settings.label ?? [],
    runners,
    environment: request.environment,
    reconnect_ms: settings.reconnectInterval * 1000,
    // It may be gone since the submission: nobody follows the run yet who would notice.
    registerWithin_ms: settings.fallbackAfter * 1000,
    // A coordinator that was away for so long is not waited for once more.
    flushTimeout_ms: Math.min(10_000, settings.fallbackAfter * 1000),
    signal,
    say: (line, { level }) => {
      if (level !== "info") view.say(line);
    },
  });
  const worker = await starting.catch((error: unknown) => {
    if (request.signal.aborted) return undefined;
    throw isNameTaken(error) && job !== undefined ? sameIndex(job, error) : error;
  });
  if (worker === undefined) return await outcome();
  resources.defer(() => worker.stop());
  try {
    await Promise.race([follow(client, submitted, request, view, leaving.signal), failureOf(worker)]);
  } catch (error) {
    // Told to end, it hands back what it has; the others, or a job that is run again, go on.
    if (!request.signal.aborted) throw error;
    await worker.stop();
  } finally {
    leaving.abort();
  }
  // Awaited here: what it needs is closed on the way out.
  return await outcome();
}

/**
 * What to submit: a job that finds no run under its key deals the heavy files out in parts. Of several that find none, each does, and the
 * first to submit is right: the hash of the manifest does not know of parts. A run that is there keeps those it has.
 */
async function dealtManifest(
  client: Client,
  { configuration: { root, settings }, environment, signal }: RunRequest,
  { manifest, runners, splits, job }: Part,
  { durations_ms }: Pick<Timings, "durations_ms">,
): Promise<{ manifest: Manifest; notices: readonly string[] }> {
  const { project, runKey: run_key } = settings;
  const notices: string[] = [];
  const { runs } = splits ? await client.listRuns({ project, run_key, limit: 1 }) : { runs: [] };
  if (!splits || runs.some((run) => run.run_key === run_key)) return { manifest, notices };
  const slots = (settings.slots ?? availableParallelism()) * (job?.total ?? 1);
  const dealt = await splitHeavyFiles(manifest, {
    workspace: root,
    project,
    runners,
    environment: listingEnvironment(environment),
    client,
    durations_ms,
    countSlots: () => Promise.resolve(slots),
    signal,
    say: (line) => void notices.push(line),
  });
  return { manifest: dealt, notices };
}

function isNameTaken(error: unknown): boolean {
  return error instanceof ShardwrightError && error.code === "worker-name-taken";
}

function sameIndex({ index, total }: MatrixJob, cause: unknown): ShardwrightError {
  return new ShardwrightError(
    "usage",
    {
      problem: `Another job of this run is number ${index} of ${total} as well, and is at work.`,
      remedy: "Give each job its own --index, from 0 (or CI_NODE_INDEX, from 1).",
    },
    { cause },
  );
}

async function follow(
  client: Client,
  { run }: SubmitResponse,
  { signal: stopping, onEvent }: RunRequest,
  view: ReturnType<RunRequest["view"]>,
  signal: AbortSignal,
): Promise<void> {
  for await (const { event } of client.runEvents(run, { signal: AbortSignal.any([signal, stopping]) })) {
    view.event(event);
    onEvent?.(event, undefined, view);
    if (event.type === "ended") return;
  }
}

/** Rejects when the worker cannot go on; never resolves. */
function failureOf(worker: WorkerHandle): Promise<never> {
  return new Promise((_, reject) => {
    worker.done.catch(reject);
  });
}

/** One name for each job of a run: the coordinator lets no two workers have one at the same time. */
function nameOf({ run }: SubmitResponse, job: MatrixJob | undefined): string {
  const suffix = run.slice(2, 10);
  return job === undefined ? `${hostname()}-${process.pid}-${suffix}` : `job-${job.index + 1}-of-${job.total}-${suffix}`;
}
