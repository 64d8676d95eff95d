import { plainText } from "../../../model/plain-text.ts";
import { formatCount } from "../../../model/count.ts";
import { formatInstant, plural } from "../../format.ts";
import { escapeHtml } from "../../html/escape.ts";
import { chosenWords } from "../totals-words.ts";
import type { TrendReport } from "../trend-report.ts";

const text = (value: string) => escapeHtml(plainText(value));

/** What the page says first, and whether that is good. */
export function headline({ totals, series, comparison }: TrendReport): {
  readonly title: string;
  readonly tone: "failed" | "passed" | "cancelled";
} {
  if (series.length === 0 && comparison !== undefined)
    return {
      title: `${plural(comparison.configurations.length, "configuration")} beside ${comparison.baseline}`,
      tone: comparison.configurations.some(({ worse }) => worse > 0) ? "failed" : "cancelled",
    };
  const { regressions, improvements } = totals;
  const found = [
    ...(regressions > 0 ? [plural(regressions, "regression")] : []),
    ...(improvements > 0 ? [plural(improvements, "improvement")] : []),
  ];
  if (found.length > 0) return { title: found.join(" and "), tone: regressions > 0 ? "failed" : "passed" };
  return { title: "No change", tone: totals.usable === 0 ? "cancelled" : "passed" };
}

export function summarySection(report: TrendReport): string {
  const { about, totals, series } = report;
  const { title, tone } = headline(report);
  const chosen = chosenWords(about);
  const mark = { failed: "M5 15h6V8h8", passed: "M5 12h14", cancelled: "M7 9h10M7 15h10" }[tone];
  return `<section class="summary tone-${tone}" aria-labelledby="headline">
<div class="verdict"><svg class="verdict-mark" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="12"/><path d="${mark}"/></svg>
<div><h1 id="headline">${text(title)}</h1><p class="reason">Performance trends of ${text(about.project)}${chosen === "" ? "" : `: ${text(chosen)}`}</p></div></div>
${series.length === 0 ? "" : figures(totals)}
<p class="about"><span>Made ${formatInstant(about.made_at_ms)}.</span>${series.length === 0 ? "" : ` <span>Of what is told, at most ${Math.round(100 * about.false_discovery_rate)} % is false on average.</span>`}</p></section>
`;
}

function figures(totals: TrendReport["totals"]): string {
  const { series, points, marked, anomalies, drifting, withheld, blind, too_short, machine_mixes } = totals;
  const all: readonly (readonly [string, string, string])[] = [
    [
      "Series",
      formatCount(series),
      too_short > 0 ? `${formatCount(too_short)} with too few points yet` : "all with enough points",
    ],
    ["Points", formatCount(points), marked === 0 ? "none of them marked" : `${formatCount(marked)} marked, and left out`],
    ["Single points far off", formatCount(anomalies), "say nothing of the next one"],
    [
      "Drifting",
      formatCount(drifting),
      machine_mixes > 0 ? `${formatCount(machine_mixes)} with unlike machines` : "move little by little",
    ],
    ["Too noisy", formatCount(blind), "cannot show a change of 10 %"],
    ["Withheld", formatCount(withheld), "changes that chance would show"],
  ];
  const items = all.map(([name, value, aside]) => `<div><dt>${name}</dt><dd>${value}<small>${aside}</small></dd></div>`);
  return `<dl class="figures">${items.join("")}</dl>`;
}
