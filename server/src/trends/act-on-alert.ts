import {
  type AlertId,
  type JudgeAnswer,
  type JudgeRequest,
  ShardwrightError,
  type TrendAlert,
  type alertRequestSchema,
  alertSeriesLimit,
  watchedBranches,
} from "@shardwright/core";
import type { z } from "zod";
import type { CoordinatorParts } from "../parts.ts";
import { Turns } from "./turns.ts";

const day_ms = 86_400_000;
/** Below seven points on either side Mann and Whitney's test cannot say what it has to: 2 / C(14, 7) is the first under 0.001. */
const pointsToJudge = 14;
/** Series of which it is looked up whether they can be judged. */
const countedSeries = 20_000;

/** @throws ShardwrightError `not-found`, and as `Ledger.append` */
export async function actOnAlert(
  { ledger, queries }: Pick<CoordinatorParts, "ledger" | "queries">,
  alert: AlertId,
  { project, state, by, note }: z.output<typeof alertRequestSchema>,
): Promise<TrendAlert> {
  if (queries.alerts.row(alert)?.project !== project) throw unknownAlert(project, alert);
  await ledger.append([{ type: "AlertJudged", alert, state, by, ...(note !== undefined && { note }) }]);
  return readAlert({ queries }, project, alert);
}

/** @throws ShardwrightError `not-found` */
export function readAlert({ queries }: Pick<CoordinatorParts, "queries">, project: string, alert: AlertId): TrendAlert {
  const found = queries.alerts.alert(project, alert, alertSeriesLimit);
  if (found === undefined) throw unknownAlert(project, alert);
  return found;
}

/** Looks at all that has come, now, and says what of it could be judged. */
export async function judgeNow(
  { queries, configuration, trendWatch, clock }: Pick<CoordinatorParts, "queries" | "configuration" | "trendWatch" | "clock">,
  { project = "default", wait_ms = 0 }: JudgeRequest,
): Promise<JudgeAnswer> {
  const settled = await trendWatch.settle(wait_ms);
  const branches = watchedBranches(configuration.get("trends-branches"), project);
  const since_ms = clock.now_ms() - configuration.get("trends-alert-days") * day_ms;
  const turns = new Turns(clock);
  let judgeable = 0;
  const ids = queries.alerts.idsSince(project, since_ms, countedSeries);
  for (const id of ids) {
    await turns.breathe();
    if (branches.some((branch) => queries.alerts.countUsable(id, branch, pointsToJudge) >= pointsToJudge)) judgeable += 1;
  }
  return { watching: configuration.get("trends-alerts"), settled, branches, series: ids.length, judgeable };
}

function unknownAlert(project: string, alert: AlertId): ShardwrightError {
  return new ShardwrightError("not-found", { what: `alert ${alert} of the project ${project}` });
}
