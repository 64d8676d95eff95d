import { type JudgeAnswer, type TrendAlert, plural } from "@shardwright/core";
import { exitCodes } from "../exit-codes.ts";

/** What ends a check with an exit code other than 0. */
export const failOns = ["regression", "any", "never"] as const;
export type FailOn = (typeof failOns)[number];

export interface CheckedAlerts {
  readonly project: string;
  readonly judged: JudgeAnswer;
  /** Those that are open or acknowledged. */
  readonly alerts: readonly TrendAlert[];
  readonly failOn: FailOn;
  /** Whether it is green where nothing could be judged. */
  readonly allowEmpty: boolean;
}

export interface CheckResult {
  readonly code: number;
  /** What was looked at, and what came of it, one line. */
  readonly sentence: string;
  /** Those that it fails by. */
  readonly failing: readonly TrendAlert[];
}

/**
 * Whether a CI job may go on. Only an alert that nobody has looked at fails it; what likely comes of the machines is no regression of the tests,
 * and fails it with `any` alone.
 */
export function checkAlerts({ project, judged, alerts, failOn, allowEmpty }: CheckedAlerts): CheckResult {
  const { watching, settled, branches, series, judgeable } = judged;
  const looked = `${judgeable} of ${plural(series, "series", "series")} of the project ${project} on ${branches.join(", ")} can be judged`;
  const failing = alerts.filter(
    ({ state, judgement, infrastructure }) =>
      state === "open" && (failOn === "any" || (failOn === "regression" && judgement === "regression" && !infrastructure)),
  );
  const others = alerts.length - failing.length;
  const beside = others === 0 ? "" : `, and ${plural(others, "other alert")} that it does not fail by`;
  if (failing.length > 0)
    return {
      code: exitCodes.failed,
      sentence: `${plural(failing.length, "alert is", "alerts are")} open${beside}: ${looked}.`,
      failing,
    };
  const nothing = { code: allowEmpty || failOn === "never" ? exitCodes.passed : exitCodes.infrastructure, failing };
  if (!watching) return { ...nothing, sentence: "Nothing was judged: trends-alerts is switched off." };
  if (!settled)
    return {
      code: failOn === "never" ? exitCodes.passed : exitCodes.infrastructure,
      failing,
      sentence: `Not all was judged in time: ${looked}.`,
    };
  if (judgeable === 0)
    return { ...nothing, sentence: `Nothing could be judged: ${looked}; a series needs 14 points that count.` };
  return { code: exitCodes.passed, sentence: `No alert is open${beside}: ${looked}.`, failing };
}
