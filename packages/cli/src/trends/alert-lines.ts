import { type AlertSeries, type RangeHistory, type TrendAlert, plural, rangeHistoryLines } from "@shardwright/core";
import { printableLine } from "../view/text.ts";

const commitShown = 12;
const commitsShown = 5;

/** Commits of the checkout that are listed with an alert. */
const historyShown = 10;

/** {@link alertLines}, and the commits of its range with their authors, where the checkout knows them. */
export function alertAndHistoryLines({ history, ...alert }: TrendAlert & { readonly history?: RangeHistory }): string[] {
  const commits = history === undefined ? [] : rangeHistoryLines(history, historyShown);
  return [...alertLines(alert), ...commits.map((line) => `  ${printableLine(line)}`)];
}

/** An alert for people, a line for what it is about and one for each of its worst series. */
export function alertLines(alert: TrendAlert): string[] {
  const more = alert.series_count - alert.series.length;
  return [
    alertTitle(alert),
    ...alert.series.map((series) => `  ${seriesLine(series)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(alert.by === undefined ? [] : [`  ${printableLine(`${alert.by}${alert.note === undefined ? "" : `: ${alert.note}`}`)}`]),
  ];
}

const endWords = { recovered: "", faded: " (faded)", unmeasured: " (no longer measured)" } satisfies Record<
  NonNullable<TrendAlert["ended_by"]>,
  string
>;

/** One line: `a-… open: regression of 3 series between 1a2b and 3c4d on main`. */
export function alertTitle({ id, state, judgement, infrastructure, branch, series_count, ...alert }: TrendAlert): string {
  const what = infrastructure ? `${judgement}, likely of the machines,` : judgement;
  const end = alert.ended_by === undefined ? "" : endWords[alert.ended_by];
  return printableLine(
    `${id} ${state}${end}: ${what} of ${plural(series_count, "series", "series")} ${whereOf(alert)} on ${branch}`,
  );
}

/** `by 12ab34` or `between 12ab34 and 56cd78 (4 commits)`. */
function whereOf({ commits, last_good }: Pick<TrendAlert, "commits" | "last_good">): string {
  const last = short(commits.at(-1) ?? "");
  if (commits.length === 1) return `by ${last}`;
  const among = commits.length <= commitsShown ? `: ${commits.map(short).join(", ")}` : "";
  const after = last_good === undefined ? `up to ${last}` : `after ${short(last_good)} up to ${last}`;
  return `${after} (${commits.length} commits${among})`;
}

/** One line: the test, the metric, and by how much it moved. */
export function seriesLine({
  test,
  case: name,
  name: metric,
  unit,
  before,
  after,
  relative,
  hardware_class,
}: AlertSeries): string {
  const share =
    relative === undefined ? "" : `${percent(relative.estimate)} (${percent(relative.low)} to ${percent(relative.high)}), `;
  const withUnit = unit === "" ? "" : ` ${unit}`;
  return printableLine(
    `${test}${name === "" ? "" : ` > ${name}`}: ${metric} ${share}${rounded(before)} to ${rounded(after)}${withUnit}, ${hardware_class}`,
  );
}

function percent(share: number): string {
  const value = 100 * share;
  return `${value > 0 ? "+" : ""}${Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function short(commit: string): string {
  return commit.slice(0, commitShown);
}
