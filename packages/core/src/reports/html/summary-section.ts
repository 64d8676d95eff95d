import { accountSentence, accountTerms, type Account, type AccountTerm } from "../../model/account.ts";
import type { RunContext, Verdict } from "../../model/run.ts";
import { plainText } from "../../model/plain-text.ts";
import { baseName, changeCounts } from "../comparison-words.ts";
import { formatCount } from "../../model/count.ts";
import { formatDuration, formatInstant, plural } from "../format.ts";
import type { RunReport } from "../run-report.ts";
import { escapeHtml } from "./escape.ts";

export const verdictWords = {
  passed: "Passed",
  failed: "Failed",
  errored: "Errored",
  incomplete: "Incomplete",
  cancelled: "Cancelled",
} as const satisfies Record<Verdict, string>;

const marks = {
  passed: "M5 12.5l4.5 4.5L19 7.5",
  failed: "M7 7l10 10M17 7L7 17",
  errored: "M12 6v8M12 17.5v.5",
  incomplete: "M7 12h.01M12 12h.01M17 12h.01",
  cancelled: "M7 12h10",
} as const satisfies Record<Verdict, string>;

const iconColours = {
  passed: "1f8a5b",
  failed: "cf3a46",
  errored: "c2570c",
  incomplete: "a8750a",
  cancelled: "667085",
} as const satisfies Record<Verdict, string>;

const barWidth = 1000;
const noticesShown = 30;

/** The page's icon as a data URL: the verdict is seen in the browser's tab. */
export function iconOf(verdict: Verdict): string {
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><circle cx='12' cy='12' r='12' fill='#${iconColours[verdict]}'/><path d='${marks[verdict]}' fill='none' stroke='#fff' stroke-width='2.6' stroke-linecap='round' stroke-linejoin='round'/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg).replaceAll("'", "%27")}`;
}

export function topBar(report: RunReport): string {
  return `<a class="skip" href="#main">Skip to the report</a>
<header class="top"><div class="top-inner">
<span class="brand"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 5h11v3H3zM7 10.5h14v3H7zM3 16h8v3H3z"/></svg>Shardwright</span>
<span class="top-verdict tone-${report.verdict}"><span class="dot"></span>${verdictWords[report.verdict]}</span>
<nav id="sections" aria-label="Sections"></nav>
<span class="top-actions" id="actions"></span>
</div></header>`;
}

const meanings = {
  passed: "Every test that was discovered has a result, and none failed.",
  failed: "Every test that was discovered has a result, and some failed.",
  errored: "Some tests could not be run to a result: nothing can be said of them.",
  incomplete: "Some tests have no result: nothing can be said of them.",
  cancelled: "The run was ended before all tests had a result.",
} as const satisfies Record<RunReport["verdict"], string>;

/** Verdict, account, cost and what happened along the way. */
export function summarySection(report: RunReport): string {
  return `<section class="summary tone-${report.verdict}" aria-labelledby="verdict">
<div class="verdict"><svg class="verdict-mark" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="12"/><path d="${marks[report.verdict]}"/></svg>
<div><h1 id="verdict">${verdictWords[report.verdict]}</h1><p class="reason">${escapeHtml(reasonOf(report))}</p></div></div>
${accountBlock(report.account)}
${figures(report)}
${againstBase(report)}${about(report)}
${notices(report)}</section>
`;
}

/** The account stands below already: where it is all there is to say, what it means for the verdict is said instead. */
function reasonOf(report: RunReport): string {
  if (report.reason !== accountSentence(report.account)) return plainText(report.reason);
  if (report.verdict === "passed" && countOf(report.account, "quarantined") > 0)
    return "Every test that was discovered has a result, and none failed but those in quarantine.";
  return meanings[report.verdict];
}

function accountBlock(account: Account): string {
  const shown = accountTerms.filter((term) => countOf(account, term) > 0);
  const parts = shown.map(
    (term) => `<span class="term status-${term}"><b>${formatCount(countOf(account, term))}</b> ${term}</span>`,
  );
  const sum = parts.length === 0 ? `<span class="term"><b>0</b></span>` : parts.join(`<span class="operator">+</span>`);
  return `<div class="account"><p class="sentence"><span class="term"><b>${formatCount(account.discovered)}</b> discovered</span><span class="operator">=</span>${sum}</p>
${bar(account, shown)}</div>`;
}

function countOf(account: Account, term: AccountTerm): number {
  return account[term] ?? 0;
}

/** The account as a bar. Each part is wide enough to be seen, whatever its share. */
function bar(account: Account, shown: readonly AccountTerm[]): string {
  if (account.discovered === 0) return "";
  const gap = 4;
  const least = 10;
  const room = barWidth - gap * (shown.length - 1);
  const widths = shown.map((term) => Math.max(least, (room * countOf(account, term)) / account.discovered));
  const excess = room / widths.reduce((sum, width) => sum + width, 0);
  let x = 0;
  const parts = shown.map((term, index) => {
    const width = (widths[index] ?? 0) * excess;
    const part = `<rect class="status-${term}" x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="10"><title>${formatCount(countOf(account, term))} ${term}</title></rect>`;
    x += width + gap;
    return part;
  });
  return `<svg class="bar" viewBox="0 0 ${barWidth} 10" preserveAspectRatio="none" aria-hidden="true">${parts.join("")}</svg>`;
}

function figures({ cases, cost, account }: RunReport): string {
  const bad = cases.failed + cases.errored;
  const aside = [
    bad > 0 ? `${formatCount(bad)} failed` : "",
    cases.skipped > 0 ? `${formatCount(cases.skipped)} skipped` : "",
    cases.flaky > 0 ? `${formatCount(cases.flaky)} flaky` : "",
    (cases.quarantined ?? 0) > 0 ? `${formatCount(cases.quarantined ?? 0)} in quarantine` : "",
  ].filter((part) => part !== "");
  const measured = cost.slots > 0 && cost.ideal_ms > 0;
  const entries = [
    figure("Tests", formatCount(cases.total), aside.length > 0 ? aside.join(", ") : `in ${plural(account.discovered, "task")}`),
    figure("Took", formatDuration(cost.makespan_ms), measured ? `on ${plural(cost.slots, "slot")}` : ""),
    measured
      ? figure(
          "Against the ideal",
          `${(cost.makespan_ms / cost.ideal_ms).toFixed(2)} ×`,
          `ideal ${formatDuration(cost.ideal_ms)}`,
        )
      : "",
    figure("Time in tests", formatDuration(cost.test_time_ms), measured ? savedBy(cost) : ""),
  ];
  return `<dl class="figures">${entries.join("")}</dl>`;
}

/** What is different from the base, in numbers. */
function againstBase({ comparison }: RunReport): string {
  if (comparison === undefined) return "";
  const counts = changeCounts(comparison).map(
    ({ kind, count, words }) => `<li class="change change-${kind}"><b>${formatCount(count)}</b> ${words}</li>`,
  );
  const words = counts.length === 0 ? `<li>nothing is different</li>` : counts.join("");
  return `<div class="against"><span>Against <a href="#comparison">${escapeHtml(baseName(comparison))}</a></span><ul class="changes">${words}</ul></div>
`;
}

function savedBy(cost: RunReport["cost"]): string {
  const factor = cost.test_time_ms / cost.makespan_ms;
  return factor > 1.05 ? `${factor.toFixed(1)} × faster than one by one` : "";
}

function figure(name: string, value: string, aside: string): string {
  return `<div><dt>${name}</dt><dd>${value}${aside === "" ? "" : `<small>${aside}</small>`}</dd></div>`;
}

function about({ run }: RunReport): string {
  const { context } = run;
  const commit = context.commit === undefined ? "" : `<code>${escapeHtml(context.commit.slice(0, 12))}</code>`;
  const items: readonly (readonly [string, string])[] = [
    ["run", `<code>${escapeHtml(plainText(run.key))}</code>`],
    ["project", run.project === "default" ? "" : escapeHtml(plainText(run.project))],
    ["branch", escapeHtml(plainText(context.branch ?? ""))],
    ["commit", commit],
    ["pull request", context.pull_request === undefined ? "" : `#${escapeHtml(context.pull_request)}`],
    ["by", escapeHtml(plainText(context.actor ?? ""))],
    [
      "at",
      run.submitted_at_ms > 0
        ? `<time datetime="${new Date(run.submitted_at_ms).toISOString()}">${formatInstant(run.submitted_at_ms)}</time>`
        : "",
    ],
    ["", buildLink(context)],
  ];
  const shown = items.filter(([, value]) => value !== "");
  return `<ul class="about">${shown.map(([name, value]) => `<li>${name === "" ? "" : `<span>${name}</span> `}${value}</li>`).join("")}</ul>`;
}

/** Only web addresses become links: the context comes from outside. */
function buildLink(context: RunContext): string {
  const { build_url, provider } = context;
  if (build_url === undefined || !/^https?:\/\//i.test(build_url)) return "";
  return `<a href="${escapeHtml(build_url)}" rel="noreferrer noopener">Build${provider === undefined ? "" : ` on ${escapeHtml(provider)}`}</a>`;
}

function notices(report: RunReport): string {
  if (report.notices.length === 0) return "";
  const items = report.notices
    .slice(0, noticesShown)
    .map((notice) => `<li><time>${formatDuration(notice.at_ms)}</time> ${escapeHtml(plainText(notice.message))}</li>`);
  const hidden = report.notices.length - items.length;
  if (hidden > 0) items.push(`<li>… and ${formatCount(hidden)} more in report.json</li>`);
  return `<ul class="notices" aria-label="Along the way">${items.join("")}</ul>`;
}
