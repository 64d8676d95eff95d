import { type FactOf, alertKeeping } from "@shardwright/core";
import type { SharedConfiguration } from "../configuration/shared-configuration.ts";
import type { AlertRow } from "../database/queries/trend-alerts.ts";
import type { Queries } from "../database/queries.ts";

const day_ms = 86_400_000;
/** Commits that the project has to measure without a series before anything is made of it: one that rests says nothing. */
const commitsNeeded = 10;
/** Series of an alert of which each has to be silent. */
const seriesLimit = 500;

interface SilenceTools {
  readonly queries: Pick<Queries, "alerts">;
  readonly configuration: Pick<SharedConfiguration, "get">;
  /** That are watched. */
  readonly branches: readonly string[];
  readonly now_ms: number;
}

/**
 * Whether a series of an alert is not measured any more: its test was deleted or renamed, or does not run. It has no point since long ago, of
 * which the project has measured commits; or since somebody looked at the alert or more joined it, if that is later.
 */
export function isUnmeasured(
  alert: Pick<AlertRow, "project" | "branch" | "changed_at_ms">,
  series: number,
  { queries, configuration, branches, now_ms }: SilenceTools,
): boolean {
  const since_ms = Math.max(queries.alerts.newestPoint(series, alert.branch) ?? 0, alert.changed_at_ms);
  if (now_ms - since_ms < configuration.get("trends-silent-days") * day_ms) return false;
  return queries.alerts.countCommits(alert.project, branches, since_ms, commitsNeeded) >= commitsNeeded;
}

/**
 * The ends of those alerts of a project of which no series is measured any more.
 * @param breathe waited for between two alerts
 */
export async function endUnmeasured(
  project: string,
  { breathe, ...tools }: SilenceTools & { readonly breathe: () => Promise<void> },
): Promise<FactOf<"AlertRecovered">[]> {
  const { alerts } = tools.queries;
  const ended: FactOf<"AlertRecovered">[] = [];
  for (const alert of alerts.watchedOf(project, alertKeeping.ofProject)) {
    await breathe();
    const told = alerts.toldBy(alert.id, seriesLimit);
    if (told.length > 0 && told.every(({ series }) => isUnmeasured(alert, series, tools)))
      ended.push({ type: "AlertRecovered", alert: alert.id, reason: "unmeasured" });
  }
  return ended;
}
