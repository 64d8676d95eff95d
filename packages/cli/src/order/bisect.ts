import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { type OrderVerdict, ShardwrightError, isInsideWorkspace, searchOrder } from "@shardwright/core";
import type { OrderedCommand, Runner } from "@shardwright/runners";
import type { SuiteConfig } from "../config/file.ts";
import type { Configuration } from "../config/resolve.ts";
import { connect } from "../commands/connect.ts";
import { withIdentity } from "../config/identity.ts";
import { readReports } from "../report/read-reports.ts";
import { discover, listingEnvironment } from "../run/discover.ts";
import type { RunRequest } from "../run/run-suites.ts";
import { readNeeds } from "../run/requirements.ts";
import { chooseSuites } from "../run/suites.ts";
import { type Candidate, candidatesLimit, listedBefore, ranBefore, requireCandidates } from "./candidates.ts";
import { bringCrew } from "./crew.ts";
import { Trials, wordOf } from "./trials.ts";
import { type Victim, findVictim } from "./victim.ts";

/** Sets that a fleet is given at a time. */
const fleetWidth = 8;

export interface BisectOptions {
  readonly victim: string;
  /** A run's id, or the path of a report. */
  readonly orderFrom: string | undefined;
  readonly repetitions: number;
  readonly runs_limit: number;
}

export interface BisectResult {
  readonly kind: OrderVerdict["kind"];
  readonly victim: Victim;
  readonly polluters: readonly Candidate[];
  /** What was searched. */
  readonly candidates: number;
  readonly runs: number;
  readonly rounds: number;
  readonly alone: OrderVerdict["alone"];
  readonly in_order: OrderVerdict["in_order"];
  /** Words of the framework's own command line: polluters first, then the victim. */
  readonly command: readonly string[];
}

export type BisectRequest = Pick<RunRequest, "directory" | "environment" | "runners" | "signal"> & {
  readonly configuration: Configuration;
  readonly say: (line: string) => void;
};

/**
 * Finds the tests after which the victim fails: the files first, then, where the framework can be told cases, the cases in them.
 * @throws ShardwrightError `usage`, and what running tests throws
 */
export async function bisectOrder(request: BisectRequest, options: BisectOptions): Promise<BisectResult> {
  const { configuration, directory, runners, say } = request;
  const { settings, root } = configuration;
  const suites = await chooseSuites(configuration, directory, runners);
  const environment = listingEnvironment(request.environment);
  const { requirements, browsers } = readNeeds(settings.requirements, settings.hardwareRequirements);
  const manifest = await discover({
    workspace: root,
    suites,
    runners,
    requirements,
    browsers,
    environment,
    signal: request.signal,
  });
  const victim = findVictim(options.victim, manifest, directory, root);
  const suite = suites.find(({ name }) => name === victim.suite);
  const runner = runners.get(suite?.runner ?? "");
  if (suite === undefined || runner === undefined) throw new Error(`no suite ${victim.suite}`);
  const place = { workspace: root, directory: suite.directory, options: suite.options, environment };
  const command = await orderedCommand(runner, suite, place);
  if (victim.path !== undefined && command.nameOf === undefined)
    throw new ShardwrightError("usage", {
      problem: `${runner.capabilities.title} is told files to run in an order, not cases.`,
      remedy: `Name the file alone: ${victim.file}.`,
    });
  const casesOf = (file: string) =>
    runner.listCases?.({ ...place, file, args: [], signal: request.signal }) ?? Promise.resolve([]);
  const files =
    options.orderFrom === undefined
      ? listedBefore(victim, manifest.tasks)
      : ranBefore(victim, await readOrder(request, options.orderFrom));
  const own = victim.path === undefined ? [] : (await casesOf(victim.file)).map(({ path }) => path);
  const at = own.findIndex((path) => path.join("\n") === victim.path?.join("\n"));
  const candidates = [...files, ...own.slice(0, Math.max(0, at)).map((path) => ({ file: victim.file, path }))];
  requireCandidates(candidates, victim);
  await using crew = await bringCrew(configuration, request, say);
  const trials = new Trials({ configuration: crew.configuration, suite, victim, command, request });
  const search = (among: readonly Candidate[], runs_limit: number) =>
    searchAmong(among, trials, { ...options, runs_limit, parallel: widthOf(configuration) }, say);
  say(`${candidates.length} tests ran before ${options.victim}: running it alone, and after all of them …`);
  let { verdict, found } = await search(candidates, options.runs_limit);
  let { runs } = verdict;
  if (verdict.kind === "found" && command.nameOf !== undefined) {
    const finer = (
      await Promise.all(found.map(async (one) => (one.path === undefined ? casesIn(one.file, await casesOf(one.file)) : [one])))
    ).flat();
    if (finer.length > found.length && finer.length <= candidatesLimit && runs < options.runs_limit) {
      say(`It fails after ${found.map(({ file }) => file).join(" and ")}: looking for the test in there …`);
      const inside = await search(finer, options.runs_limit - runs);
      runs += inside.verdict.runs;
      // What only whole files bring about, such as what they do when they are loaded, is no test's doing.
      if (inside.verdict.kind === "found") ({ verdict, found } = inside);
    }
  }
  const words = [...found, victim].map((one) => wordOf(one, suite.directory, command));
  const { kind, alone, in_order } = verdict;
  return {
    kind,
    victim,
    polluters: found,
    candidates: candidates.length,
    runs,
    rounds: trials.rounds,
    alone,
    in_order,
    command: [...command.typed, ...words],
  };
}

function casesIn(file: string, cases: readonly { readonly path: readonly string[] }[]): Candidate[] {
  return cases.length === 0 ? [{ file }] : cases.map(({ path }) => ({ file, path }));
}

async function searchAmong(
  candidates: readonly Candidate[],
  trials: Trials,
  options: Parameters<typeof searchOrder>[1],
  say: (line: string) => void,
): Promise<{ verdict: OrderVerdict; found: Candidate[] }> {
  const pick = (set: readonly number[]) => set.flatMap((index) => candidates[index] ?? []);
  const search = searchOrder(candidates.length, options);
  for (let step = search.next(); ;) {
    if (step.done === true) return { verdict: step.value, found: pick(step.value.polluters) };
    const outcomes = await trials.run(step.value.map(pick));
    const shown = step.value.map((set, index) => `${set.length} → ${outcomes[index] ?? ""}`).slice(0, 12);
    say(`  round ${trials.rounds}: ${shown.join(", ")}${step.value.length > shown.length ? " …" : ""}`);
    step = search.next(outcomes);
  }
}

/** @throws ShardwrightError `usage` where the framework cannot be told an order */
async function orderedCommand(
  runner: Runner,
  suite: SuiteConfig,
  place: Parameters<NonNullable<Runner["ordered"]>>[0],
): Promise<OrderedCommand> {
  const ordered =
    runner.name === "command"
      ? commandOf(suite)
      : ((await runner.ordered?.(place)) ?? `${runner.capabilities.title} has no way to be told an order`);
  if (typeof ordered !== "string") return ordered;
  throw new ShardwrightError("usage", {
    problem: `The tests of the suite ${suite.name} cannot be run in a chosen order in one process: ${ordered}.`,
    remedy:
      'Name a command that can, with --runner command --command "program --report {junit} {files}": the files are put in the place of {files}, in their order.',
  });
}

/** The user's own command, where it ends with the files. */
function commandOf({ options: { command } }: SuiteConfig): OrderedCommand | string {
  const words = Array.isArray(command) ? command.map(String) : typeof command === "string" ? command.split(/\s+/) : [];
  if (words.at(-1) !== "{files}") return "its command does not end with {files}";
  const before = words.slice(0, -1);
  return { words: before, typed: before.filter((word) => !word.includes("{junit}")) };
}

async function readOrder({ configuration, directory, environment }: BisectRequest, from: string) {
  const { settings } = configuration;
  if (!/^r-[0-9a-z]{16}$/.test(from)) {
    const [report] = await readReports([from], {
      directory,
      allowEmpty: false,
      outputDir: resolve(directory, "shardwright-report"),
    });
    if (report === undefined) throw new Error("no report was read");
    const inWorkspace = (file: string) => isInsideWorkspace(file);
    return { ...report, tasks: report.tasks.filter(({ file }) => inWorkspace(file)) };
  }
  const client = connect(await withIdentity(settings, { environment }));
  try {
    return await client.getReport(from);
  } finally {
    await client.close();
  }
}

function widthOf({ settings }: Configuration): number {
  return Math.max(2, settings.coordinator === undefined ? (settings.workers ?? availableParallelism()) : fleetWidth);
}
