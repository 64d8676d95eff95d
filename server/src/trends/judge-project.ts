import { type AlertEnd, type AlertId, type FactBody, watchedBranches } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { SharedConfiguration } from "../configuration/shared-configuration.ts";
import type { Queries } from "../database/queries.ts";
import type { Confirmations } from "./confirming/confirmations.ts";
import { decideAlerts } from "./decide-alerts.ts";
import { type Candidate, endOf, judgeSeries } from "./judge-series.ts";
import { isUnmeasured } from "./unmeasured.ts";
import type { SeriesReader } from "./watched-series.ts";

const day_ms = 86_400_000;
/** Alerts of a branch that a change may be a part of, and series of an alert that have to be back before it is closed. */
const knownLimit = 500;
const toldLimit = 500;

interface Tools {
  readonly queries: Pick<Queries, "alerts">;
  readonly configuration: Pick<SharedConfiguration, "get">;
  readonly clock: Pick<Clock, "now_ms">;
  readonly log: Pick<Logger, "debug">;
  readonly reader: SeriesReader;
  /** Whether a change may be told, or is measured again first; all may when absent. */
  readonly confirmations?: Pick<Confirmations, "mayTell">;
  /** Waited for between two series. @throws where it is nobody's matter any more */
  readonly breathe: () => Promise<void>;
}

/** What the series of a project that were added to say, as facts: alerts that open, grow, and are over. */
export async function judgeProject(
  { project, ids }: { readonly project: string; readonly ids: readonly number[] },
  tools: Tools,
): Promise<FactBody[]> {
  const { queries, configuration, clock, log } = tools;
  const since_ms = clock.now_ms() - configuration.get("trends-alert-days") * day_ms;
  const watching = {
    branches: watchedBranches(configuration.get("trends-branches"), project),
    minimumEffect: configuration.get("trends-minimum-change") / 100,
  };
  const historyOf = remembering((branch) => queries.alerts.history(project, branch));
  const found = new Map<string, { looked: number; readonly candidates: Candidate[] }>();
  /** How what they tell ended, of those series that were looked at; undefined where one of them still shows it. */
  const watched = new Map<AlertId, readonly AlertEnd[] | undefined>();
  const seen = new Set<number>();
  const facts: FactBody[] = [];
  for (const id of ids) {
    await tools.breathe();
    const series = tools.reader.read(id, watching.branches, watching.minimumEffect);
    if (series === undefined) continue;
    seen.add(id);
    const { branch } = series;
    const judged = judgeSeries(series, queries.alerts.told(id), { since_ms, history: () => historyOf(branch) });
    const ofBranch = found.get(branch) ?? { looked: 0, candidates: [] };
    ofBranch.looked += 1;
    ofBranch.candidates.push(...judged.candidates.filter((each) => tools.confirmations?.mayTell(each, series, facts) ?? true));
    found.set(branch, ofBranch);
    for (const { alert, end } of judged.watched) {
      const ends = watched.has(alert) ? watched.get(alert) : [];
      watched.set(alert, end === undefined || ends === undefined ? undefined : [...ends, end]);
    }
  }
  const suite = queries.alerts.countSince(project, since_ms);
  for (const [branch, { looked, candidates }] of found) {
    if (candidates.length === 0) continue;
    const known = queries.alerts
      .ofBranch(project, branch, knownLimit)
      .map((row) => ({ ...row, series_count: queries.alerts.countSeries(row.id) }));
    const falseShare = configuration.get("trends-false-share") / 100;
    const decision = decideAlerts({ project, branch, candidates, known, looked, suite, falseShare });
    facts.push(...decision.facts);
    if (decision.withheld > 0) log.debug({ project, branch, withheld: decision.withheld }, "changes that are not told yet");
  }
  const grown = new Set(facts.flatMap((fact) => (fact.type === "AlertGrown" ? [fact.alert] : [])));
  for (const [alert, ends] of watched) {
    if (ends === undefined || grown.has(alert)) continue;
    const others = await endsOfOthers(alert, seen, watching, tools);
    if (others === undefined) continue;
    facts.push({ type: "AlertRecovered", alert, reason: endOfAll([...ends, ...others]) });
  }
  return facts;
}

/** Where no series was seen to go back, there was hardly anything; if all can be seen. */
function endOfAll(ends: readonly AlertEnd[]): AlertEnd {
  if (ends.includes("recovered")) return "recovered";
  return ends.includes("unmeasured") ? "unmeasured" : "faded";
}

/** How what an alert tells of the series that were not looked at now ended; undefined where one of them still shows it. */
async function endsOfOthers(
  alert: AlertId,
  seen: ReadonlySet<number>,
  { branches, minimumEffect }: { readonly branches: readonly string[]; readonly minimumEffect: number },
  { queries, configuration, clock, reader, breathe }: Tools,
): Promise<readonly AlertEnd[] | undefined> {
  const ends: AlertEnd[] = [];
  const row = queries.alerts.row(alert);
  if (row === undefined) return undefined;
  const silence = { queries, configuration, branches, now_ms: clock.now_ms() };
  for (const { series: id, change } of queries.alerts.toldBy(alert, toldLimit)) {
    if (seen.has(id)) continue;
    await breathe();
    const series = reader.read(id, branches, minimumEffect);
    const shown = series === undefined ? undefined : endOf(change, series);
    const end = shown ?? (isUnmeasured(row, id, silence) ? "unmeasured" : undefined);
    if (end === undefined) return undefined;
    ends.push(end);
  }
  return ends;
}

function remembering<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const made = known.has(key) ? (known.get(key) as T) : make(key);
    known.set(key, made);
    return made;
  };
}
