import { randomBytes } from "node:crypto";
import { detectEnvironment } from "@shardwright/ci";
import { createClient } from "@shardwright/client";
import { reasonOf, ShardwrightError, type ErrorCode, type MatrixJob, type RunReport } from "@shardwright/core";
import type { CoordinatorAccess } from "../config/failover.ts";
import { showsIdentity } from "../config/identity.ts";
import { chosenHere } from "../plugins/known-parts.ts";
import { requireTests } from "./discover.ts";
import { matrixJob, oneOfSeveral } from "./matrix-job.ts";
import { runSuites, type RunRequest } from "./run-suites.ts";
import { readTimings, shareOf } from "./share.ts";
import type { WatchedOutcome } from "./watch.ts";

/** How long a coordinator that was away is waited for once the tests have run without it. */
export const lastTry_ms = 3000;

/** The last of these: a coordinator that cannot fetch an issuer's keys lets no job in that has nothing else to show. */
const outOfReach: ReadonlySet<ErrorCode> = new Set([
  "coordinator-unreachable",
  "no-leader",
  "bad-response",
  "identity-busy",
  "identity-issuer-unreachable",
]);

/**
 * True for what makes a job go on without its coordinators: none of the addresses gives an answer that stands, or those that do have found
 * no leader for as long as the job could wait. A wrong token is no such thing.
 */
export function isOutOfReach(error: unknown): boolean {
  return error instanceof ShardwrightError && outOfReach.has(error.code);
}

/**
 * Runs the tests on this machine, without the coordinator: this job's share of them by the last known durations, or all where it is no
 * job among several. Jobs that fall back with the same checkout and the same durations cover everything between them, each file once;
 * jobs that still have the coordinator cover everything by themselves.
 */
export async function runWithout(request: RunRequest, job: MatrixJob | undefined, why: string): Promise<RunReport> {
  const { configuration, directory } = request;
  const timings = job === undefined ? { durations_ms: {} } : readTimings(configuration, directory);
  const { chosen, without } = chosenHere(configuration.plugins, configuration.settings);
  let plan = "";
  const message = () => {
    const what =
      job === undefined ? "all tests run on this machine" : `this is share ${job.index + 1} of ${job.total} of plan ${plan}`;
    return `The coordinator was out of reach (${why.replace(/\.$/, "")}): ${what}${without}.`;
  };
  const { report } = await runSuites({
    ...request,
    view: (manifest, estimates_ms) => {
      const view = request.view(manifest, estimates_ms);
      // Now, and not only when all is over: who reads along wonders where the others are.
      view.say(message());
      return view;
    },
    configuration: {
      ...configuration,
      settings: {
        ...configuration.settings,
        ...chosen,
        coordinator: undefined,
        apiKey: undefined,
        workspace: undefined,
        setup: undefined,
        // A run of its own: the pipeline's key belongs to the whole.
        runKey: `local-${randomBytes(8).toString("hex")}`,
        // A job may well have no share, where there are more jobs than files.
        allowEmpty: configuration.settings.allowEmpty || job !== undefined,
      },
    },
    ...(job && {
      // A share is no run that others could watch: it is told at its end, as what it is.
      onSubmitted: () => {},
      narrow: (manifest) => {
        requireTests(manifest, configuration);
        const share = shareOf(manifest, timings, job);
        plan = share.plan;
        return share.manifest;
      },
    }),
  });
  const { runKey: run_key } = configuration.settings;
  const share = job && { plan, ...job, ...(run_key !== undefined && { run_key }) };
  return {
    ...report,
    run: { ...report.run, ...(share && { share }) },
    notices: [...report.notices, { at_ms: report.run.duration_ms, code: "fallback", message: message() }],
  };
}

/** Why a job cannot ask its coordinator although nothing is wrong: CI systems give the jobs of a fork no secrets. */
export function forkWithoutToken({ configuration: { settings }, environment }: RunRequest): string | undefined {
  if (settings.coordinator === undefined || settings.apiKey !== undefined || !settings.fallback) return undefined;
  if (showsIdentity(environment)) return undefined;
  return detectEnvironment(environment).context.fork === true ? "the job of a fork has no token for it" : undefined;
}

/** The whole of `shardwright run`, without the coordinator where it cannot be reached for long, or may not be. */
export async function runWithFallback(request: RunRequest): Promise<WatchedOutcome> {
  const { settings } = request.configuration;
  const barred = forkWithoutToken(request);
  if (barred !== undefined) return { report: await runWithout(request, matrixJob(settings, request.environment), barred) };
  try {
    return await runSuites(request);
  } catch (error) {
    const goesOn = settings.coordinator !== undefined && settings.fallback && !request.signal.aborted;
    if (!goesOn || !isOutOfReach(error)) throw error;
    const job = oneOfSeveral(matrixJob(settings, request.environment));
    return { report: await runWithout(request, job, reasonOf(error)) };
  }
}

/** Whether a coordinator answers now. */
export async function isBack({ failover, ...access }: CoordinatorAccess): Promise<boolean> {
  const timeout_ms = Math.min(failover.timeout_ms, lastTry_ms);
  const client = createClient({
    ...access,
    failover: { ...failover, timeout_ms },
    retry: { attempts: 3, total_ms: lastTry_ms },
  });
  try {
    await client.listRuns({ limit: 1 });
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}
