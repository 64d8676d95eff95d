import { plainText } from "../../../model/plain-text.ts";
import { formatCount } from "../../../model/count.ts";
import { plural } from "../../format.ts";
import { escapeHtml } from "../../html/escape.ts";
import type { ComparedCell, ComparedConfiguration, ComparedMetric, TrendComparison } from "../comparison.ts";
import type { TrendReport } from "../trend-report.ts";
import { chanceWords, heatClass, metricName, ratioIntervalWords, ratioWords, testName, valueWords } from "../words.ts";

const text = (value: string) => escapeHtml(plainText(value));
const rowsShown = 300;

/** Metrics by configurations: each ratio as a number and a colour, those that are sure stronger. */
export function heatSection({ comparison }: TrendReport): string {
  if (comparison === undefined) return "";
  const { baseline, configurations, metrics, more } = comparison;
  const heads = configurations.map(({ name }) => `<th scope="col">${text(name)}</th>`).join("");
  const means = configurations.map((configuration) => meanCell(configuration)).join("");
  const rows = metrics.slice(0, rowsShown).map((metric) => heatRow(metric, comparison));
  const hidden =
    metrics.length > rowsShown
      ? `<p class="more">… and ${formatCount(metrics.length - rowsShown)} more, in the JSON and CSV reports</p>`
      : "";
  const left =
    more.configurations + more.metrics > 0
      ? `<p class="more">Not all configurations and metrics were compared: there are too many. Choose fewer.</p>`
      : "";
  const missing = configurations.flatMap(({ name, missing, not_positive }) => [
    ...(missing > 0
      ? [`${plural(missing, "metric")} of ${name} or of ${baseline} ${missing === 1 ? "was" : "were"} not measured under both`]
      : []),
    ...(not_positive > 0
      ? [
          `${plural(not_positive, "metric")} of ${name} ${not_positive === 1 ? "has" : "have"} no ratio: not all of it is positive`,
        ]
      : []),
  ]);
  return `<section id="comparison" class="panel" aria-labelledby="comparison-title"><h2 id="comparison-title">Compared with ${text(baseline)} <small>${plural(metrics.length, "metric")}</small></h2>
<p class="of">Ratios with their intervals, which hold together with 95 %. Coloured where it is sure that it differs, after correction for all ratios: <span class="heat worse-2">worse</span> <span class="heat better-2">better</span>.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Comparison"><table class="rows heat-map"><thead><tr><th scope="col">test</th><th scope="col" class="number">${text(baseline)}</th>${heads}</tr></thead><tbody><tr class="mean"><th scope="row">Geometric mean of the cost<small>over 1 is worse; of what is better when it is more, the inverse</small></th><td></td>${means}</tr>
${rows.join("\n")}</tbody></table></div>${hidden}${left}${missing.length === 0 ? "" : `<ul class="remarks">${missing.map((words) => `<li>${text(words)}.</li>`).join("")}</ul>`}</section>
`;
}

function meanCell({ name, geometric_mean, worse, better, compared }: ComparedConfiguration): string {
  if (geometric_mean === undefined) return `<td data-name="${text(name)}">–</td>`;
  const { low, high, estimate } = geometric_mean;
  const interval = compared < 2 ? "of one metric" : `${ratioWords(low)} to ${ratioWords(high)}`;
  return `<td data-name="${text(name)}"><b>${ratioWords(estimate)}</b><small>${interval}</small><small>${worse} worse, ${better} better of ${compared}</small></td>`;
}

function heatRow(metric: ComparedMetric, { configurations, baseline }: TrendComparison): string {
  const { unit, baseline_median, replicates, hardware_class } = metric;
  const of = [metricName(metric), ...(hardware_class === "" ? [] : [hardware_class])].join(" · ");
  const note = replicates === true ? `<small>Replicates of few runs: the intervals are too narrow.</small>` : "";
  const cells = metric.cells.map((cell, place) => heatCell(cell, metric, configurations[place]?.name ?? ""));
  return `<tr><th scope="row">${text(testName(metric))}<small>${text(of)}</small>${note}</th><td class="number" data-name="${text(baseline)}">${escapeHtml(valueWords(baseline_median, unit))}</td>${cells.join("")}</tr>`;
}

function heatCell(cell: ComparedCell | null, { unit }: ComparedMetric, name: string): string {
  if (cell === null) return `<td data-name="${text(name)}">–</td>`;
  const { ratio, verdict, median, q } = cell;
  const heat = verdict === "unsure" ? "" : ` class="${heatClass(cell)}"`;
  const words = verdict === "unsure" ? "no sure difference" : verdict;
  return `<td data-name="${text(name)}"${heat} title="${escapeHtml(`${words}, corrected p ${chanceWords(q)}`)}"><b>${ratioWords(ratio.estimate)}</b> <span class="of">${escapeHtml(valueWords(median, unit))}</span><small>${escapeHtml(ratioIntervalWords(cell))}</small>${verdict === "unsure" ? "" : `<span class="unseen">${verdict}</span>`}</td>`;
}
