import { formatInstant, plural } from "../format.ts";
import { plainText } from "../../model/plain-text.ts";
import type { TrendReport, TrendReportAbout } from "./trend-report.ts";

/** "2 regressions and 1 improvement in 120 series (14,300 points)." */
export function totalsSentence({ totals }: Pick<TrendReport, "totals">): string {
  const { regressions, improvements, series, usable, withheld, too_short } = totals;
  const found =
    regressions + improvements === 0
      ? "No change"
      : [
          ...(regressions > 0 ? [plural(regressions, "regression")] : []),
          ...(improvements > 0 ? [plural(improvements, "improvement")] : []),
        ].join(" and ");
  const aside = [
    ...(withheld > 0
      ? [
          `${plural(withheld, "change")} more ${withheld === 1 ? "is" : "are"} withheld: so many series would show that by chance.`,
        ]
      : []),
    ...(too_short > 0
      ? [`${too_short} series ${too_short === 1 ? "has" : "have"} too few points yet for any change to be seen.`]
      : []),
  ];
  return [`${found} in ${plural(series, "series", "series")} (${plural(usable, "point")}).`, ...aside].join(" ");
}

/** What was looked at: the time and what series were chosen by. */
export function chosenWords({ since_ms, chosen }: TrendReportAbout): string {
  const words = {
    test: "tests",
    metric: "metrics",
    hardware: "hardware",
    branch: "branch",
  } as const;
  const parts = Object.entries(words).flatMap(([key, word]) => {
    const value = chosen[key as keyof typeof words];
    return value === undefined ? [] : [`${word} ${plainText(value)}`];
  });
  if (since_ms !== undefined) parts.unshift(`since ${formatInstant(since_ms).slice(0, 10)}`);
  return parts.join(", ");
}
