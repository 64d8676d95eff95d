import { associate, type Association } from "../resilience/association.ts";
import { clusterFailures, type Cluster } from "../resilience/clusters.ts";
import { massFailures } from "../resilience/mass-failure.ts";
import { attributes, type Attribute } from "../resilience/observation.ts";
import { associationSentence, massFailureSentence } from "../resilience/sentence.ts";
import type { FailureAnalysis, FailureCause, FailureHistory } from "./failure-schema.ts";
import { isBad } from "./final-cases.ts";
import { formatCount } from "../model/count.ts";
import { plural } from "./format.ts";
import { describeFault } from "./groups.ts";
import { observationsOf, type RunObservations, type SeenFault } from "./observations.ts";
import type { RunReport } from "./run-report.ts";

const causesKept = 200;
const examplesKept = 3;
const valuesKept = 8;

/**
 * Why tests failed: every failure of every attempt, by fingerprint, with what it goes with, and what struck many tests at once.
 * @param history what is known of a cause from the runs before, by its fingerprint
 */
export function analyseFailures(report: RunReport, history?: ReadonlyMap<string, FailureHistory>): FailureAnalysis {
  if (!report.tasks.some(({ attempts }) => attempts.some(({ status }) => isBad(status))))
    return { causes: [], more: 0, mass: [] };
  const run = observationsOf(report);
  const clusters = clusterFailures(run.observations);
  const kept = clusters.slice(0, causesKept);
  const associations = associate(run.observations, kept);
  const totals = new Map(
    attributes.map((attribute) => [attribute, countBy(run.observations, ({ values }) => values[attribute])]),
  );
  return {
    causes: kept.map((cluster, place) =>
      causeOf(report, run, totals, cluster, associations[place], history?.get(cluster.fingerprint)),
    ),
    more: clusters.length - kept.length,
    mass: massFailures(run.observations).map((episode) => ({
      scope: episode.scope,
      ...(episode.fingerprint !== undefined && { fingerprint: episode.fingerprint }),
      from_ms: episode.from_ms,
      until_ms: episode.until_ms,
      tasks: episode.units,
      of: episode.of,
      recovered: episode.recovered,
      suites: [...episode.suites],
      workers: [...episode.workers],
      sentence: massFailureSentence(episode),
    })),
  };
}

/** The report's own analysis, or one made of what the report holds where it comes without. */
export function failuresOf(report: RunReport): FailureAnalysis {
  return report.failures ?? analyseFailures(report);
}

/** What is known of a cause beyond its title, in sentences for people: what it goes with, and since when. */
export function causeWords({ association, sentence, history }: FailureCause): string[] {
  const said: string[] = [];
  if (sentence !== undefined) said.push(`${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}.`);
  if (history === undefined || history.of < 2) return said;
  const commit = history.first_commit === undefined ? "" : ` (commit ${history.first_commit.slice(0, 12)})`;
  const { runs, of, sentence: lately } = history;
  if (runs < 2) said.push(`Not seen in the ${plural(of - 1, "run")} before.`);
  else said.push(`First seen in run ${history.first_run}${commit}, in ${formatCount(runs)} of the last ${plural(of, "run")}.`);
  const isNews = association?.attribute !== history.association?.attribute || association?.value !== history.association?.value;
  if (lately !== undefined && isNews) said.push(`Over these runs: ${lately}.`);
  return said;
}

function causeOf(
  report: RunReport,
  run: RunObservations,
  totals: Totals,
  cluster: Cluster,
  association: Association | undefined,
  history: FailureHistory | undefined,
): FailureCause {
  const faults = cluster.members.flatMap((index) => faultsAt(run, index, cluster.fingerprint));
  const [first] = faults;
  if (first === undefined) throw new RangeError("a cluster has at least one fault");
  const { title, kind, frame } = describeFault(first.fault);
  const struck = new Set(cluster.members.map((index) => run.tasks[index] ?? -1));
  const at = cluster.members.flatMap((index) => run.observations[index] ?? []);
  return {
    fingerprint: cluster.fingerprint,
    kind,
    title,
    message: first.fingerprint.message,
    ...(frame !== undefined && { frame }),
    cases: new Set(faults.map(({ fault }) => `${fault.task_index} ${fault.name}`)).size,
    tasks: struck.size,
    attempts: cluster.members.length,
    recovered: [...struck].filter((index) => !isBad(report.tasks[index]?.status ?? "")).length,
    first_ms: at.reduce((least, { began_ms }) => Math.min(least, began_ms), Infinity),
    last_ms: at.reduce((most, { ended_ms }) => Math.max(most, ended_ms), 0),
    seen: seenOf(run, totals, cluster),
    examples: faults.slice(0, examplesKept).map(exampleOf),
    ...(association !== undefined && { association: associationFields(association), sentence: associationSentence(association) }),
    ...(history !== undefined && { history }),
  };
}

function faultsAt(run: RunObservations, index: number, key: string): SeenFault[] {
  return (run.faults[index] ?? []).filter(({ fingerprint }) => fingerprint.key === key);
}

function exampleOf({ fault: { task, attempt, result } }: SeenFault): FailureCause["examples"][number] {
  return {
    task: task.key,
    file: result?.file ?? task.file,
    ...(result !== undefined && { path: result.path }),
    attempt: attempt?.attempt ?? 1,
    ...(attempt?.part !== undefined && { part: attempt.part }),
    worker: attempt?.worker ?? "",
  };
}

/** An association as reports and the API have it. */
export function associationFields({ since, ...association }: Association): NonNullable<FailureCause["association"]> {
  return {
    ...association,
    ...(since !== undefined && { since_ms: since.at_ms }),
    ...(since?.after !== undefined && { after: since.after }),
  };
}

/** How many attempts there were of each value. */
type Totals = ReadonlyMap<Attribute, ReadonlyMap<string, number>>;

/** How many attempts of each value failed so: of the values that any did. */
function seenOf({ observations }: RunObservations, totals: Totals, { members }: Cluster): FailureCause["seen"] {
  const seen: Partial<Record<Attribute, { value: string; failed: number; of: number }[]>> = {};
  for (const attribute of attributes) {
    const failed = countBy(members, (index) => observations[index]?.values[attribute]);
    if (failed.size === 0) continue;
    seen[attribute] = [...failed]
      .map(([value, count]) => ({ value, failed: count, of: totals.get(attribute)?.get(value) ?? count }))
      .sort((a, b) => b.failed - a.failed || (a.value < b.value ? -1 : 1))
      .slice(0, valuesKept);
  }
  return seen;
}

function countBy<T>(items: readonly T[], valueOf: (item: T) => string | undefined): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const value = valueOf(item);
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}
