import { plainText } from "../../../model/plain-text.ts";
import { formatCount } from "../../../model/count.ts";
import { formatInstant, plural } from "../../format.ts";
import { escapeHtml } from "../../html/escape.ts";
import { rangeCountWords } from "../range-history.ts";
import type { ReportedTrend, TrendChange, TrendGroup, TrendReport } from "../trend-report.ts";
import { chanceWords, intervalWords, metricName, shareWords, testName, valueWords } from "../words.ts";
import { commitLink } from "./links.ts";

const text = (value: string) => escapeHtml(plainText(value));
const groupsShown = 40;
const namedInGroup = 8;
const rowsShown = 500;
const commitsShown = 6;

/** Where the picture of a series is, by the series' id. */
export type CardPlaces = ReadonlyMap<number, number>;

/** A series by its name, as a link to its picture where there is one. */
export function seriesLink(trend: Pick<ReportedTrend, "id"> & Parameters<typeof testName>[0], places: CardPlaces): string {
  const place = places.get(trend.id);
  const name = text(testName(trend));
  return place === undefined ? name : `<a href="#s${place}">${name}</a>`;
}

/** A badge that says by its mark and colour whether it got worse; its words are said beside it. */
export function judgementBadge(judgement: TrendChange["judgement"]): string {
  return `<span class="sign ${judgement}" role="img" aria-label="${judgement}" title="${judgement}">${judgement === "regression" ? "✕" : "✓"}</span>`;
}

/** What changed for the same reason, as far as the commits tell. */
export function groupsSection({ groups, series, about }: TrendReport, places: CardPlaces): string {
  if (groups.length === 0) return "";
  const items = groups.slice(0, groupsShown).map((group) => groupItem(group, series, about.repository_url, places));
  const more = groups.length > groupsShown ? `<p class="more">… and ${formatCount(groups.length - groupsShown)} more</p>` : "";
  return `<section id="happened" class="panel" aria-labelledby="happened-title"><h2 id="happened-title">What happened <small>${formatCount(groups.length)}</small></h2>
<ol class="groups">${items.join("\n")}</ol>${more}</section>
`;
}

function groupItem(
  group: TrendGroup,
  series: readonly ReportedTrend[],
  repository: string | undefined,
  places: CardPlaces,
): string {
  const named = group.changes.slice(0, namedInGroup).flatMap(({ series: place, change }) => {
    const trend = series[place];
    const told = trend?.changes[change];
    if (trend === undefined || told === undefined) return [];
    return [
      `<li>${seriesLink(trend, places)} <span class="of">${text(metricName(trend))} · ${text(trend.hardware_class)}</span> <b>${sizeOf(told, trend.unit)}</b></li>`,
    ];
  });
  const hidden = group.changes.length - named.length;
  const more = hidden > 0 ? `<li class="more">… and ${plural(hidden, "other series", "other series")}</li>` : "";
  const incident = group.infrastructure
    ? `<p class="remark">So much of the suite moved this way at once that the machines are the likelier cause than these commits.</p>`
    : "";
  return `<li class="group ${group.judgement}"><p class="group-head">${judgementBadge(group.judgement)} ${rangeLinks(group, repository)}</p>${incident}<ul>${named.join("")}${more}</ul>${historyOf(group, repository)}</li>`;
}

/** The commits of a group as git names them, folded. */
function historyOf({ history }: TrendGroup, repository: string | undefined): string {
  if (history === undefined) return "";
  if (history.trouble !== undefined) return `<p class="remark">${text(history.trouble)}</p>`;
  const items = history.commits.map(
    ({ commit, subject, author }) =>
      `<li>${commitLink(commit, repository)} ${text(subject)} <span class="of">${text(author)}</span></li>`,
  );
  const more = history.more > 0 ? `<li class="more">… and ${formatCount(history.more)} more</li>` : "";
  return `<details class="history"><summary>${rangeCountWords(history)}</summary><ul>${items.join("")}${more}</ul></details>`;
}

function sizeOf({ relative, shift }: TrendChange, unit: string): string {
  return escapeHtml(Number.isFinite(relative.estimate) ? shareWords(relative.estimate) : valueWords(shift.estimate, unit));
}

/** The commits that a change may come from, each a link where that is known. */
function rangeLinks({ commits, last_good }: Pick<TrendChange, "commits" | "last_good">, repository: string | undefined): string {
  const last = commits.at(-1);
  if (last === undefined) return `<span class="of">the points name no commits</span>`;
  if (commits.length === 1) return commitLink(last, repository);
  const after = last_good === undefined ? "" : `after ${commitLink(last_good, repository)}: `;
  if (commits.length <= commitsShown) return `${after}${commits.map((commit) => commitLink(commit, repository)).join(", ")}`;
  return `${after}${commits.length} commits up to ${commitLink(last, repository)}`;
}

/** Every change, the worst series first. */
export function changesSection({ series, about }: TrendReport, places: CardPlaces): string {
  const all = series.flatMap((trend) => trend.changes.map((change) => ({ trend, change })));
  if (all.length === 0) return "";
  const rows = all.slice(0, rowsShown).map(({ trend, change }) => changeRow(trend, change, about.repository_url, places));
  const more =
    all.length > rowsShown
      ? `<p class="more">… and ${formatCount(all.length - rowsShown)} more, in the JSON and CSV reports</p>`
      : "";
  return `<section id="changes" class="panel" aria-labelledby="changes-title"><h2 id="changes-title">Changes <small>${formatCount(all.length)}</small></h2>
<div class="scroll" tabindex="0" role="region" aria-label="Changes"><table class="rows"><thead><tr><th scope="col">test</th><th scope="col" class="number">change</th><th scope="col" class="number">before</th><th scope="col" class="number">after</th><th scope="col">commits</th><th scope="col">since</th><th scope="col" class="number">corrected p</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>${more}</section>
`;
}

function changeRow(trend: ReportedTrend, change: TrendChange, repository: string | undefined, places: CardPlaces): string {
  const { unit } = trend;
  const interval = Number.isFinite(change.relative.estimate)
    ? `<small>${escapeHtml(intervalWords(change.relative))}</small>`
    : "";
  const machines =
    change.other_machines === true ? `<small>No machine measured both before and after: it may be the machines.</small>` : "";
  return `<tr><th scope="row">${judgementBadge(change.judgement)} ${seriesLink(trend, places)}<small>${text(metricName(trend))} · ${text(trend.hardware_class)}</small></th>
<td class="number ${change.judgement}" data-name="change"><b>${sizeOf(change, unit)}</b>${interval}</td><td class="number" data-name="before">${escapeHtml(valueWords(change.before, unit))}</td><td class="number" data-name="after">${escapeHtml(valueWords(change.after, unit))}</td><td data-name="commits">${rangeLinks(change, repository)}${machines}</td><td data-name="since"><time datetime="${new Date(change.at_ms).toISOString()}">${formatInstant(change.at_ms).slice(0, 10)}</time></td><td class="number" data-name="corrected p">${chanceWords(change.q).replace("<", "&lt;")}</td></tr>`;
}
