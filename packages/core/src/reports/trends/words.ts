import { formatBytes, formatDuration } from "../format.ts";
import { formatMeasure } from "../measures.ts";
import { plainText } from "../../model/plain-text.ts";
import type { Interval } from "../../trends/analysis.ts";
import type { ComparedCell } from "./comparison.ts";
import type { ReportedTrend, TrendChange, TrendMove, TrendName, TrendNoise } from "./trend-report.ts";

/** What was measured of what: `src/cart.test.ts > adds up`. */
export function testName({ test, case: case_name }: TrendName): string {
  return plainText(case_name === "" ? test : `${test} > ${case_name}`).replace(/\s+/g, " ");
}

/** `latency`, with the dimensions that set it apart: `latency browser=firefox`. */
export function metricName({ name, dimensions }: TrendName): string {
  const labels = Object.entries(dimensions).map(([key, value]) => ` ${key}=${value}`);
  return plainText(`${name}${labels.join("")}`).replace(/\s+/g, " ");
}

/** A value for people; long times and many bytes in larger units. */
export function valueWords(value: number, unit: string): string {
  if (!Number.isFinite(value)) return "–";
  if (unit === "ms" && Math.abs(value) >= 1000) return `${value < 0 ? "−" : ""}${formatDuration(Math.abs(value))}`;
  if (unit === "bytes" && value < 0) return `−${formatBytes(-value)}`;
  return formatMeasure(value, unit).replace(/^-/, "−");
}

/** `+12 %`, `−3.4 %`; more than tenfold as a factor. */
export function shareWords(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const size = Math.abs(share);
  if (size >= 9.995) return `× ${(1 + share).toLocaleString("en-US", { maximumSignificantDigits: 3 })}`;
  const percent = (100 * size).toLocaleString("en-US", { maximumSignificantDigits: size < 0.0995 ? 2 : 3 });
  return `${share < 0 ? "−" : "+"}${percent} %`;
}

/** A size as a share: `12 %`, `3.4 %`, `< 0.1 %`. */
export function percentWords(share: number | undefined): string {
  if (share === undefined || !Number.isFinite(share)) return "–";
  if (share > 0 && share < 0.001) return "< 0.1 %";
  return `${(100 * share).toLocaleString("en-US", { maximumSignificantDigits: share >= 0.0995 ? 3 : 2 })} %`;
}

/** `+9.1 % to +12 %` */
export function intervalWords({ low, high }: Pick<Interval, "low" | "high">): string {
  return Number.isFinite(low) && Number.isFinite(high) ? `${shareWords(low)} to ${shareWords(high)}` : "–";
}

/** `0.004`, `2e-7`; very small ones only as that. */
export function chanceWords(p: number): string {
  if (p < 1e-12) return "< 1e-12";
  return p < 0.001 ? p.toExponential(0) : p.toLocaleString("en-US", { maximumSignificantDigits: 2 });
}

/** `×1.24` */
export function ratioWords(ratio: number): string {
  if (!Number.isFinite(ratio)) return "–";
  return `×${ratio.toLocaleString("en-US", ratio >= 9.995 || ratio < 0.1 ? { maximumSignificantDigits: 3 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** `×1.20 to ×1.29`, with the level where it is none of the usual ones because there are too few values. */
export function ratioIntervalWords({ ratio, samples }: Pick<ComparedCell, "ratio" | "samples">): string {
  const { low, high, level } = ratio;
  if (level < 0.95) return `${samples === 1 ? "1 value" : `${samples} values`}: too few for an interval`;
  return `${ratioWords(low)} to ${ratioWords(high)}`;
}

/** The class of a ratio's cell: how strong its colour is. Empty where it is not sure that it differs. */
export function heatClass({ verdict, ratio }: Pick<ComparedCell, "verdict" | "ratio">): string {
  const step = Math.max(1, Math.min(4, Math.ceil(Math.abs(Math.log2(ratio.estimate)) * 4)));
  return verdict === "unsure" ? "" : `heat ${verdict}-${step}`;
}

/** Commits as people know them. */
export function shortCommit(commit: string): string {
  return /^[0-9a-f]{12,}$/.test(commit) ? commit.slice(0, 8) : plainText(commit);
}

/** `after 1a2b3c4d, up to 5e6f7a8b (4 commits)` */
export function rangeWords({ last_good, commits }: Pick<TrendChange, "last_good" | "commits">): string {
  const last = commits.at(-1);
  if (last === undefined) return "the points name no commits";
  const until = shortCommit(last);
  if (commits.length === 1) return until;
  const many = `${commits.length} commits`;
  return last_good === undefined ? `${many} up to ${until}` : `${many} after ${shortCommit(last_good)}, up to ${until}`;
}

/** `+21 % (+19 % to +23 %)` */
export function changeWords({ relative, shift }: Pick<TrendChange, "relative" | "shift">, unit: string): string {
  if (Number.isFinite(relative.estimate)) return `${shareWords(relative.estimate)} (${intervalWords(relative)})`;
  return `${shift.estimate < 0 ? "" : "+"}${valueWords(shift.estimate, unit)}`;
}

function driftWords({ relative, from_ms, until_ms, judgement }: TrendMove): string {
  const days = (until_ms - from_ms) / 86_400_000;
  const span = days >= 2 ? ` over ${Math.round(days)} days` : "";
  return `It drifts: ${shareWords(relative.estimate)} (${intervalWords(relative)})${span}, a slow ${judgement}.`;
}

function baselineWords({ relative, judgement }: TrendMove): string {
  return `Its newest points lie ${shareWords(relative.estimate)} (${intervalWords(relative)}) off its oldest, more than all changes told: small ${judgement}s that add up.`;
}

/** What remarks are made of. */
export type RemarkedTrend = Omit<RemarkedParts, "noise"> & { readonly noise: Pick<TrendNoise, "sentence" | "bimodal"> };
type RemarkedParts = Pick<
  ReportedTrend,
  | "drift"
  | "against_baseline"
  | "machines"
  | "explained_by_machines"
  | "noise"
  | "outlook"
  | "unit"
  | "elsewhere"
  | "usable"
  | "marked"
  | "points"
  | "branch"
>;

/** What a series says beside its changes, a sentence each. */
export function remarksOf(trend: RemarkedTrend): string[] {
  const {
    drift,
    against_baseline,
    machines,
    explained_by_machines,
    noise,
    outlook,
    unit,
    elsewhere,
    usable,
    marked,
    points,
    branch,
  } = trend;
  const next = outlook?.points[0];
  const last = outlook?.points.at(-1);
  return [
    ...(drift === undefined ? [] : [driftWords(drift)]),
    ...(against_baseline === undefined ? [] : [baselineWords(against_baseline)]),
    ...machines.map(
      ({ machine, offset }) =>
        `${plainText(machine)} measures ${valueWords(Math.abs(offset), unit)} ${offset < 0 ? "less" : "more"} than the other machines; that is taken off.`,
    ),
    ...(explained_by_machines === 0
      ? []
      : [
          `${explained_by_machines === 1 ? "One place looks" : `${explained_by_machines} places look`} like a change and ${explained_by_machines === 1 ? "is" : "are"} none: another mix of machines.`,
        ]),
    ...(noise.sentence === undefined ? [] : [noise.sentence]),
    ...(noise.bimodal ? ["Its values have two peaks: it takes one of two ways."] : []),
    ...(next === undefined || last === undefined
      ? []
      : [
          outlook?.kind === "drift"
            ? `If it drifts on, it is ${valueWords(last.estimate, unit)} (${valueWords(last.low, unit)} to ${valueWords(last.high, unit)}) in ${last.ahead} points.`
            : `The next point is expected between ${valueWords(next.low, unit)} and ${valueWords(next.high, unit)}.`,
        ]),
    ...(marked > 0 ? [`${marked} of ${points} points ${marked === 1 ? "is" : "are"} marked, and left out.`] : []),
    ...(usable + marked < points ? [`Of ${points} points the newest ${usable} are looked at.`] : []),
    ...(elsewhere === 0 ? [] : [`${elsewhere} points of other branches than ${plainText(branch ?? "")} are left out.`]),
  ];
}
