import type { Client } from "@shardwright/client";
import {
  type BisectionResult,
  type BisectionStep,
  ShardwrightError,
  type Task,
  type TrendSeries,
  type Workspace,
  fileKey,
  measuringClass,
  plural,
  searchChange,
} from "@shardwright/core";
import type { Configuration } from "../../config/resolve.ts";
import { connect } from "../../commands/connect.ts";
import { bringCrew } from "../../order/crew.ts";
import { type Manifest, discover, listingEnvironment } from "../../run/discover.ts";
import { setupFrom } from "../../run/remote-workspace.ts";
import { readNeeds } from "../../run/requirements.ts";
import type { RunRequest } from "../../run/run-suites.ts";
import { chooseSuites } from "../../run/suites.ts";
import { type ChosenSeries, nameOf } from "./choose-series.ts";
import { type Commit, History, short } from "./history.ts";
import { Journal } from "./journal.ts";
import { Measurer, OutOfRuns } from "./measure.ts";

export interface BisectOptions {
  readonly repeat: number;
  readonly runs_limit: number;
  readonly machines: number;
  readonly timeout_ms: number;
  readonly priority: number;
  readonly isFresh: boolean;
}

export type TrendBisectRequest = Pick<RunRequest, "directory" | "environment" | "runners" | "signal"> & {
  readonly configuration: Configuration;
  readonly say: (line: string) => void;
};

export interface TrendBisectResult {
  readonly kind: BisectionResult["kind"];
  readonly series: TrendSeries;
  readonly good: Commit;
  readonly bad: Commit;
  /** One of these brought the change; one alone where it was found. */
  readonly suspects: readonly Commit[];
  readonly reason?: string;
  readonly ends: BisectionResult["ends"];
  readonly steps: readonly (Omit<BisectionStep, "commit"> & { readonly commit: string })[];
  readonly machines: readonly string[];
  /** Measurements made by this command, and taken over from one that was stopped. */
  readonly runs: number;
  readonly kept: number;
}

/**
 * Finds the commit that changed a series, by measuring commits between.
 * @throws ShardwrightError `usage`, `interrupted`, `measuring-failed`, and what listing tests throws
 */
export async function bisectTrend(
  request: TrendBisectRequest,
  { series, good, bad, machine }: ChosenSeries,
  options: BisectOptions,
): Promise<TrendBisectResult> {
  const { configuration, say, signal } = request;
  const { settings, root } = configuration;
  const history = new History(root, signal);
  const commits = await history.between(good, bad);
  const { manifest, task } = await taskOf(request, series);
  const suite = manifest.suites.find(({ name }) => name === task.suite);
  if (suite === undefined) throw new Error(`no suite ${task.suite}`);
  const place = await history.place(configuration);
  const setup = setupFrom(configuration);
  await using crew = await bringCrew(
    { ...configuration, settings: { ...settings, workers: settings.workers ?? 1 } },
    request,
    say,
  );
  await using resources = new AsyncDisposableStack();
  const client = connect(crew.configuration.settings);
  resources.defer(() => client.close());
  const machines =
    settings.coordinator === undefined
      ? await localWorkers(client, options.machines)
      : await fleetWorkers(client, series, machine, options.machines);
  const { id: _id, points: _points, marked: _marked, last: _last, ...identity } = series;
  const about = { series: identity, commits: commits.map(({ sha }) => sha), repeat: options.repeat, machines, place };
  const journal = new Journal(root, about, options.isFresh);
  const kept = journal.size;
  say(
    `${nameOf(series)}: ${plural(commits.length - 1, "commit")} after ${short(commits[0]?.sha ?? "")}, measured on ${machines.join(" and ")}`,
  );
  if (kept > 0) say(`${plural(kept, "measurement")} of a search that was stopped ${kept === 1 ? "is" : "are"} kept`);
  const measurer = new Measurer({
    client,
    journal,
    project: settings.project,
    what: { case: series.case, name: series.name, unit: series.unit, dimensions: series.dimensions },
    task,
    suite,
    priority: options.priority,
    timeout_ms: options.timeout_ms,
    taskTimeout_ms: Math.round(settings.taskTimeout * 1000),
    runs_limit: options.runs_limit,
    machines,
    workspaceOf: (commit): Workspace => ({ kind: "git", url: place.url, commit, directory: place.directory, ...setup }),
    signal,
  });
  const result = await search(commits, measurer, series, options, say);
  // What only ran out of measurements goes on from here.
  if (result.reason === undefined) journal.remove();
  const at = (place: number) => commitAt(commits, place);
  const { kind, suspects, ends, steps, problem } = result;
  const reason = result.reason ?? problem;
  return {
    kind,
    series,
    good: at(0),
    bad: at(commits.length - 1),
    suspects: suspects.map(at),
    ...(reason !== undefined && { reason }),
    ends,
    steps: steps.map((step) => ({ ...step, commit: at(step.commit).sha })),
    machines,
    runs: measurer.runs,
    kept,
  };
}

async function search(
  commits: readonly Commit[],
  measurer: Measurer,
  series: TrendSeries,
  { repeat, runs_limit }: BisectOptions,
  say: (line: string) => void,
): Promise<BisectionResult & { readonly reason?: string }> {
  let [good, bad] = [0, commits.length - 1];
  const steps: BisectionStep[] = [];
  const onStep = (step: BisectionStep) => {
    steps.push(step);
    if (step.side === "good") good = step.commit;
    if (step.side === "bad") bad = step.commit;
    say(stepSentence(step, commits, series, bad - good));
  };
  const bisection = searchChange(commits.length - 1, { repeat, onStep });
  let [current, from] = [-1, 0];
  try {
    for (let next = bisection.next(); ;) {
      if (next.done === true) return next.value;
      const { step, commits: places, times } = next.value;
      if (step !== current) [current, from] = [step, 0];
      const shas = places.map((place) => commits[place]?.sha ?? "");
      const answer = await measurer.measure(step, shas, { from, times });
      from += times;
      next = bisection.next(answer);
    }
  } catch (error) {
    if (!(error instanceof OutOfRuns)) throw error;
    const suspects = Array.from({ length: bad - good }, (_, at) => good + 1 + at);
    const reason = `${plural(runs_limit, "measurement")} were made, which is as many as --max-runs allows; the same command goes on from here`;
    return { kind: "suspects", suspects, steps, reason };
  }
}

function stepSentence(step: BisectionStep, commits: readonly Commit[], { unit }: TrendSeries, left: number): string {
  const { sha, subject } = commitAt(commits, step.commit);
  const value = step.value === undefined ? "" : ` ${Number(step.value.toPrecision(4))}${unit === "" ? "" : ` ${unit}`}`;
  const why = step.problem === undefined ? "" : `: ${step.problem.split("\n")[0] ?? ""}`;
  const between = step.isBetween === true ? "; it differs from both sides: there is more than one change" : "";
  return `  ${short(sha)}${value} ${step.side}${why}${between}, ${plural(left, "commit")} left  ${subject}`;
}

function commitAt(commits: readonly Commit[], place: number): Commit {
  return commits[place] ?? { sha: "", subject: "", author: "", isMerge: false };
}

/** The task of the series' file, as the local configuration lists it. */
async function taskOf(
  { configuration, directory, runners, environment, signal }: TrendBisectRequest,
  series: TrendSeries,
): Promise<{ readonly manifest: Manifest; readonly task: Task }> {
  const { settings, root } = configuration;
  const suites = await chooseSuites(configuration, directory, runners);
  const { requirements, browsers } = readNeeds(settings.requirements, settings.hardwareRequirements);
  const manifest = await discover({
    workspace: root,
    suites,
    runners,
    requirements,
    browsers,
    environment: listingEnvironment(environment),
    signal,
  });
  const { browser } = series.dimensions;
  const task = manifest.tasks.find(
    (one) => fileKey(one) === series.test && (one.browser === undefined || one.browser === browser),
  );
  if (task !== undefined) return { manifest, task };
  throw new ShardwrightError("usage", {
    problem: `${series.test} is none of the ${plural(manifest.tasks.length, "test file")} that are listed here.`,
    remedy: "Run this in a checkout that has the test, with the options that `shardwright run` is given.",
  });
}

async function localWorkers(client: Client, count: number): Promise<string[]> {
  const { workers } = await client.listWorkers();
  return workers
    .map(({ name }) => name)
    .toSorted()
    .slice(0, count);
}

/** Those of the series' class of hardware: the one that measured last, and others. */
async function fleetWorkers(
  client: Client,
  { hardware_class }: TrendSeries,
  last: string | undefined,
  count: number,
): Promise<string[]> {
  const { workers } = await client.listWorkers();
  const fitting = workers.filter(
    ({ status, capabilities }) => status === "live" && measuringClass(capabilities) === hardware_class,
  );
  if (fitting.length === 0)
    throw new ShardwrightError("usage", {
      problem: `No worker of the class ${hardware_class} is there, where the series was measured.`,
      remedy: "Start one, or choose the series of a class that is there with --hardware.",
    });
  const names = fitting
    .map(({ name }) => name)
    .toSorted((one, other) => Number(other === last) - Number(one === last) || (one < other ? -1 : 1));
  return names.slice(0, count);
}
