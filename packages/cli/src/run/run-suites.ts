import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { createClient, type Client } from "@shardwright/client";
import {
  makeId,
  needsBrowser,
  readTraceParent,
  ShardwrightError,
  type RunEvent,
  type RunReport,
  type SubmitResponse,
  type Timings,
} from "@shardwright/core";
import type { Runner } from "@shardwright/runners";
import { browserVariables } from "../config/browser-limits.ts";
import { failoverOf, type CoordinatorAccess } from "../config/failover.ts";
import { identityRemedy, withIdentity } from "../config/identity.ts";
import type { SuiteConfig } from "../config/file.ts";
import type { Configuration } from "../config/resolve.ts";
import { requireChosen } from "../plugins/known-parts.ts";
import type { RunView } from "../view/view.ts";
import { downloadArtifacts } from "./download-artifacts.ts";
import { withCoverage, type JoinRequest } from "./join-coverage.ts";
import { discover, emptySuites, listingEnvironment, requireTests, type Manifest } from "./discover.ts";
import { resilienceFrom } from "../config/resilience.ts";
import { tracesFrom } from "../config/traces.ts";
import { judgeTrends, rememberTimings, startEmbedded } from "./local-state.ts";
import {
  machineName,
  prepareInProcess,
  type LocalWorkers,
  type LocalWorkersOptions,
  type PreparedWorkers,
} from "./local-workers.ts";
import { countFleetSlots, splitHeavyFiles } from "./heavy-files.ts";
import { provideWorkspace } from "./remote-workspace.ts";
import { readNeeds } from "./requirements.ts";
import { admissionSentence, describeRun, estimatesFor, submissionSentence } from "./submission.ts";
import { repetitionsOfNew } from "./stress.ts";
import { chooseSuites } from "./suites.ts";
import { ofTests, tellJudgement } from "./tell-judgement.ts";
import { startProcesses } from "./worker-processes.ts";
import { describeContext } from "./workspace.ts";

export interface RunRequest {
  readonly configuration: Configuration;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly runners: ReadonlyMap<string, Runner>;
  /** Made when the manifest is known. */
  readonly view: (manifest: Manifest, estimates_ms: ReadonlyMap<number, number>) => RunView;
  /** Told when the run is there. */
  readonly onSubmitted?: (submitted: SubmitResponse) => void;
  /** Sees every event after the view; the demonstration uses it to interfere. */
  readonly onEvent?: (event: RunEvent, workers: LocalWorkers | undefined, view: RunView) => void;
  /** Aborted when the user wants to stop: the run is cancelled. */
  readonly signal: AbortSignal;
  /** Run only what this cuts out of the manifest. */
  readonly narrow?: (manifest: Manifest) => Manifest;
}

export interface RunOutcome extends FinalReport {
  readonly submitted: SubmitResponse;
  /** The run was cancelled because nobody was left to go on with it. */
  readonly abandoned: boolean;
}

/**
 * The whole of `shardwright run`: discovers, submits, brings workers where there is no fleet, watches until the verdict.
 * @throws ShardwrightError for what is wrong before the run exists, and when its coordinator is lost for good
 */
export async function runSuites(request: RunRequest): Promise<RunOutcome> {
  const { configuration, runners } = request;
  const { settings } = configuration;
  if (settings.workers === 0 && settings.coordinator === undefined)
    throw new ShardwrightError("usage", {
      problem: "With --workers 0 and without a coordinator nobody runs the tests.",
      remedy: "Leave --workers out, give at least 1, or name a fleet's coordinator with --coordinator.",
    });
  if (settings.coordinator === undefined) requireChosen(configuration.plugins, settings);
  const suites = await chooseSuites(configuration, request.directory, runners);
  const environment = listingEnvironment(request.environment);
  const { requirements, browsers } = readNeeds(settings.requirements, settings.hardwareRequirements);

  await using resources = new AsyncDisposableStack();
  const unwanted = new AbortController();
  resources.defer(() => unwanted.abort());
  const stopped = untilAborted(request.signal, () => new ShardwrightError("interrupted"));
  const discovering = discover({
    workspace: configuration.root,
    suites,
    runners,
    requirements,
    browsers,
    environment,
    signal: AbortSignal.any([request.signal, unwanted.signal]),
  });
  const describing = describeContext(request.environment, request.directory);
  // Each is reported where it is awaited; until then none must count as unhandled.
  for (const each of [stopped, discovering, describing]) each.catch(() => {});

  const early: string[] = [];
  let view: RunView | undefined;
  const say = (line: string) => (view === undefined ? void early.push(line) : view.say(line));
  // While the frameworks list their tests, the coordinator and the workers come up.
  const [access, started] = await bringCoordinator(request, suites, resources, say);
  const { addresses, apiKey, failover, failed } = access;
  const client = createClient({
    addresses,
    apiKey,
    failover,
    retry: { attempts: 1000, total_ms: settings.fallbackAfter * 1000 },
  });
  resources.defer(() => client.close());

  const signal = AbortSignal.any([unwanted.signal, failed]);
  const history = client.getTimings({ project: settings.project }, { signal });
  // Reported where it is awaited, as above.
  history.catch(() => {});
  const whole = await Promise.race([stopped, discovering]);
  requireTests(whole, configuration);
  const chosen = request.narrow?.(whole) ?? whole;
  const timings = await Promise.race([stopped, history.catch(untold)]);
  const splitting = AbortSignal.any([request.signal, unwanted.signal, failed]);
  const [workspace, dealt, repeated] = await Promise.race([
    stopped,
    Promise.all([
      provideWorkspace({
        configuration,
        client,
        outputDir: resolve(request.directory, settings.outputDir),
        signal: AbortSignal.any([request.signal, failed]),
        say,
      }),
      !settings.splitFiles
        ? chosen
        : splitHeavyFiles(chosen, {
            workspace: configuration.root,
            project: settings.project,
            runners,
            environment,
            client,
            durations_ms: timings.durations_ms,
            countSlots: () => countFleetSlots(client, settings, splitting),
            signal: splitting,
            say,
          }),
      settings.stressNew === undefined
        ? []
        : repetitionsOfNew(chosen, {
            workspace: configuration.root,
            project: settings.project,
            times: settings.stressNew,
            runners,
            environment,
            client,
            signal: splitting,
            say,
          }),
    ]),
  ]);
  const manifest = { ...dealt, tasks: [...dealt.tasks, ...repeated] };
  const submission = describeRun(configuration, await describing, manifest, workspace);
  const estimates_ms = estimatesFor(timings, submission);
  const shown = request.view(manifest, estimates_ms);
  view = shown;
  resources.defer(() => shown.end());
  for (const line of early) shown.say(line);
  for (const { name, directory } of emptySuites(chosen))
    shown.say(`No tests were found for the suite ${name} (in ${directory}).`);
  for (const notice of manifest.notices ?? []) shown.say(notice);

  // Nobody is asked for browsers unless a test needs one: it takes seconds. Then they are known before there is a run, which need not wait.
  const asksForBrowsers = settings.detectBrowsers && manifest.tasks.some((task) => needsBrowser(task.requirements));
  if (asksForBrowsers && started !== undefined) {
    shown.say("Looking for browsers.");
    await Promise.race([stopped, started.then((local) => local?.offerBrowsers())]);
  }
  const submitted = await client.submitRun(submission, {
    signal,
    trace_parent: readTraceParent(request.environment.TRACEPARENT),
  });
  shown.say(submissionSentence(submitted, chosen));
  request.onSubmitted?.(submitted);
  const wait = admissionSentence(submitted);
  if (wait !== undefined) shown.say(wait);
  const onAbort = () => {
    shown.say("Stopping: the run is cancelled and its report written. Once more to leave at once.");
    void client.cancelRun(submitted.run, "stopped by the user").catch(() => {});
  };
  request.signal.addEventListener("abort", onAbort, { once: true });
  resources.defer(() => request.signal.removeEventListener("abort", onAbort));
  if (request.signal.aborted) onAbort();
  const workers = await (started ?? bringWorkers(request, access, say, { run: submitted.run })).catch(async (error: unknown) => {
    // Nobody would watch it any more.
    if (submitted.disposition === "created") await client.cancelRun(submitted.run, "its workers could not start").catch(() => {});
    throw error;
  });
  if (workers !== undefined && started === undefined) resources.defer(() => workers.stop());
  if (asksForBrowsers && started === undefined) void workers?.offerBrowsers();
  let abandoned = false;
  // Alone, no other worker can come: the coordinator is known to nobody else.
  if (settings.coordinator === undefined)
    void workers?.gone.then((reason) => {
      abandoned = true;
      const message = `No worker is left to run the tests: ${reason}`;
      shown.say(`${message}.`);
      return client.cancelRun(submitted.run, message.slice(0, 1024)).catch(() => {});
    });

  for await (const { event } of client.runEvents(submitted.run, { signal })) {
    shown.event(event);
    request.onEvent?.(event, workers, shown);
    if (event.type === "ended") break;
  }
  const { report, isJudged } = await finalReport(client, submitted.run, request, {
    suites: manifest.suites,
    say: (line) => shown.say(line),
  });
  await Promise.all([
    request.signal.aborted ? undefined : workers?.finish(),
    settings.coordinator === undefined ? rememberTimings(client, settings.project, configuration.root) : undefined,
    settings.coordinator === undefined && !request.signal.aborted
      ? judgeTrends(client, settings.project, report.run.submitted_at_ms, (line) => shown.say(line))
      : undefined,
  ]);
  return { report, isJudged, submitted, abandoned };
}

export interface FinalReport {
  readonly report: RunReport;
  /** The coordinator knows what the coverage comes to. */
  readonly isJudged: boolean;
}

/**
 * The run's report, with what its frameworks say of the whole, of which the coordinator is told; and its artifacts beside where it will be
 * written.
 */
export async function finalReport(
  client: Client,
  run: string,
  { configuration: { settings, root }, directory, runners, narrow, signal, ...request }: RunRequest,
  { suites, say }: Pick<JoinRequest, "suites" | "say">,
): Promise<FinalReport> {
  const outputDir = resolve(directory, settings.outputDir);
  const environment = listingEnvironment(request.environment);
  const isPart = narrow !== undefined;
  const isAlone = settings.coordinator === undefined;
  const joining = { workspace: root, suites, runners, environment, isAlone, isPart, say, signal };
  const tests = ofTests(await client.getReport(run));
  const joined = await withCoverage(client, tests, joining);
  const isJudged = await tellJudgement(client, { run, suites, tests, joined, say, signal });
  return { report: await downloadArtifacts(client, joined, { which: settings.artifactDownloads, outputDir }), isJudged };
}

/** A token that may not even read cannot submit either; which scope is needed for that, the submission says. */
function untold(error: unknown): Pick<Timings, "durations_ms"> {
  if (error instanceof ShardwrightError && error.code === "forbidden") return { durations_ms: {} };
  throw error;
}

/** Rejects when the signal comes. */
export function untilAborted(signal: AbortSignal, error: () => Error): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = () => reject(error());
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

interface Standing {
  /** Aborted, with the reason, when the coordinator can never keep again what it promises; what waits for it would wait for ever. */
  readonly failed: AbortSignal;
  /** It runs in this process: what it does not take at once it will not take later. */
  readonly isOwn: boolean;
}

type Access = CoordinatorAccess & Standing;

const ownFlushTimeout_ms = 1000;

/** The coordinator named, or one of our own; the latter with its workers, which may as well start before there is work. */
async function bringCoordinator(
  request: RunRequest,
  suites: readonly SuiteConfig[],
  resources: AsyncDisposableStack,
  say: (line: string) => void,
): Promise<[Access, Promise<LocalWorkers | undefined> | undefined]> {
  const { settings, root } = request.configuration;
  if (settings.coordinator !== undefined) {
    const { environment, signal } = request;
    const { coordinator: addresses } = settings;
    const { apiKey } = await withIdentity(settings, { environment, signal, forRun: true, say });
    const failed = new AbortController().signal;
    if (apiKey !== undefined) return [{ addresses, apiKey, failover: failoverOf(settings), failed, isOwn: false }, undefined];
    throw new ShardwrightError("usage", {
      problem: "The coordinator wants a token, and none is given.",
      remedy: `Set SHARDWRIGHT_API_KEY to a token of the scope submit, or ${identityRemedy}.`,
    });
  }
  const run = makeId("r", randomBytes(16));
  const { traces, problem } = tracesFrom(request.environment, settings.traceCases);
  if (problem !== undefined) say(problem);
  const failing = new AbortController();
  const standing = { failed: failing.signal, isOwn: true };
  const anticipate = {
    run,
    workspace: { kind: "dir", path: root } as const,
    suites: suites.map(({ name, runner, directory, options, artifacts }) => ({
      name,
      runner,
      directory,
      options,
      ...(artifacts && { artifacts }),
    })),
  };
  // Their frameworks start while the coordinator does, which keeps one processor busy for as long.
  const prepared = await prepareWorkers(request, standing, say, { anticipate });
  resources.defer(() => prepared?.close());
  const stateDir = settings.stateDir ?? join(root, ".shardwright", "state");
  const told = traces && { ...traces, onProblem: say };
  // It ends with the run: there is nothing that it could learn for.
  const workersAreKnown = !settings.workerProcesses;
  const options = { ...resilienceFrom(settings), selfTuning: "off", workersAreKnown } as const;
  const embedded = await startEmbedded(stateDir, run, options, request.configuration.plugins, told);
  resources.defer(() => embedded.close());
  if (embedded.notice !== undefined) say(embedded.notice);
  void embedded.failed.then((error) => failing.abort(error));
  const access = { addresses: [embedded.address], apiKey: embedded.adminToken, failover: failoverOf(settings), ...standing };
  const starting = Promise.resolve(prepared?.start(access));
  const settled = starting.catch(() => undefined);
  resources.defer(async () => (await settled)?.stop());
  return [access, starting];
}

async function bringWorkers(
  request: RunRequest,
  access: Access,
  say: (line: string) => void,
  work: Pick<LocalWorkersOptions, "run">,
): Promise<LocalWorkers | undefined> {
  const prepared = await prepareWorkers(request, access, say, work);
  return prepared?.start(access);
}

async function prepareWorkers(
  request: RunRequest,
  { failed, isOwn }: Standing,
  say: (line: string) => void,
  work: Pick<LocalWorkersOptions, "run" | "anticipate">,
): Promise<PreparedWorkers | undefined> {
  const { settings } = request.configuration;
  const count = settings.workers ?? (settings.coordinator === undefined ? availableParallelism() : 0);
  if (count === 0) return undefined;
  const options = {
    count,
    // On a fleet, other runs bring local workers of their own.
    prefix: settings.coordinator === undefined ? "local-" : `local-${machineName()}-${process.pid}-`,
    runners: request.runners,
    config: request.configuration.file,
    environment: request.environment,
    // Once the coordinator has failed, that it does not answer its workers is no news.
    say: (line: string) => (failed.aborted ? undefined : say(line)),
    signal: failed,
    ...(isOwn ? { flushTimeout_ms: ownFlushTimeout_ms } : { registerWithin_ms: settings.fallbackAfter * 1000 }),
    ...work,
  };
  if (!settings.workerProcesses) return prepareInProcess(options);
  const environment = { ...request.environment, ...browserVariables(settings) };
  return { start: async (access) => startProcesses({ ...options, ...access, environment }), close: () => Promise.resolve() };
}
