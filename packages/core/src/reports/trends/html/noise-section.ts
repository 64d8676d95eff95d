import { plainText } from "../../../model/plain-text.ts";
import { formatCount } from "../../../model/count.ts";
import { escapeHtml } from "../../html/escape.ts";
import type { ReportedTrend, TrendReport } from "../trend-report.ts";
import { metricName, percentWords, valueWords } from "../words.ts";
import { type CardPlaces, seriesLink } from "./changes-section.ts";

const text = (value: string) => escapeHtml(plainText(value));
const rowsShown = 500;

/** What could be seen at all: the noise of each series, the noisiest first. */
export function noiseSection({ series }: TrendReport, places: CardPlaces): string {
  if (series.length === 0) return "";
  const sorted = series.toSorted((one, other) => detectable(other) - detectable(one));
  const rows = sorted.slice(0, rowsShown).map((trend) => noiseRow(trend, places));
  const more =
    series.length > rowsShown
      ? `<p class="more">… and ${formatCount(series.length - rowsShown)} more, in the JSON and CSV reports</p>`
      : "";
  return `<section id="noise" class="panel" aria-labelledby="noise-title"><h2 id="noise-title">Noise <small>what could be seen at all</small></h2>
<p class="of">How much each series varies while nothing changes, and the least change that its next ten points would show.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Noise"><table class="rows"><thead><tr><th scope="col">test</th><th scope="col" class="number">level</th><th scope="col" class="number">varies by</th><th scope="col" class="number">shows from</th><th scope="col" class="number">like the one before</th><th scope="col" class="number">between machines</th><th scope="col" class="number">points</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>${more}</section>
`;
}

function detectable({ noise, usable }: ReportedTrend): number {
  return usable < 8 ? -1 : (noise.minimum_detectable ?? -1);
}

function noiseRow(trend: ReportedTrend, places: CardPlaces): string {
  const { noise, usable, level, unit, hardware_class } = trend;
  const few = usable < 8;
  const blind = !few && noise.sentence !== undefined;
  const peaks = noise.bimodal ? `<small>two peaks</small>` : "";
  return `<tr><th scope="row">${seriesLink(trend, places)}<small>${text(metricName(trend))} · ${text(hardware_class)}</small></th><td class="number" data-name="level">${level === undefined ? "–" : escapeHtml(valueWords(level, unit))}</td><td class="number" data-name="varies by">${few ? "–" : percentWords(noise.rcv)}${peaks}</td><td class="number${blind ? " regression" : ""}" data-name="shows from">${few ? "too few points" : percentWords(noise.minimum_detectable)}${blind ? "<small>cannot show 10 %</small>" : ""}</td><td class="number" data-name="like the one before">${few ? "–" : noise.autocorrelation.toFixed(2)}</td><td class="number" data-name="between machines">${few ? "–" : escapeHtml(percentWords(noise.between_machines))}</td><td class="number" data-name="points">${formatCount(usable)}</td></tr>`;
}
