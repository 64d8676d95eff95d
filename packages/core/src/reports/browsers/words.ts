import { caseName } from "../../model/case.ts";
import { plainText } from "../../model/plain-text.ts";
import { formatCount } from "../../model/count.ts";
import { plural } from "../format.ts";
import { formatMeasure } from "../measures.ts";
import type {
  BrowserCell,
  BrowserComparison,
  BrowserSpeedCell,
  BrowserTest,
  BrowserValue,
  ComparedBrowser,
  SpeedJudgement,
} from "./schema.ts";

/** What a row is about, for people: the case's name, or the file with its arguments. */
export function rowName({ file, args = [], path, ordinal = 0 }: Pick<BrowserTest, "file" | "args" | "path" | "ordinal">): string {
  if (path === undefined) return plainText([file, ...args].join(" "));
  return plainText(caseName({ path: [...path], ordinal }));
}

/** `chromium 156.0.8078.79, software` */
export function browserWords({ browser, versions = [], adapters = [] }: ComparedBrowser): string {
  const name = [browser, versions[0] ?? ""].filter((part) => part !== "").join(" ");
  return plainText([name, ...adapters].join(", "));
}

/** `48 passed, 2 failed`, or why nothing ran: `skipped: no worker offers edge`. */
export function browserOutcome({ reason, passed, failed, skipped }: ComparedBrowser): string {
  if (reason !== undefined) return reason === "skipped" ? reason : `skipped: ${plainText(reason)}`;
  const counts = [
    [passed, "passed"],
    [failed, "failed"],
    [skipped, "skipped"],
  ] as const;
  const terms = counts.flatMap(([count, word]) => (count > 0 ? [`${formatCount(count)} ${word}`] : []));
  return terms.length === 0 ? "no results" : terms.join(", ");
}

/** What became of a test in a browser, in words: `skipped: no worker offers edge`. */
export function cellWords({ status, reason, flaky, quarantined }: BrowserCell): string {
  const word =
    status === "absent" ? "not run" : flaky === true ? "flaky" : quarantined === true ? `${status}, in quarantine` : status;
  return reason === undefined || reason === "" ? word : `${word}: ${plainText(reason)}`;
}

/** How a browser's numbers stand to the reference's: `differs: 0.6982 in place of 0.7, at [2] of 3`. */
export function valueWords(cell: BrowserValue["cells"][number], isReference: boolean): string {
  if (cell === null) return "";
  if (isReference) return cell.length === 1 ? "1 number" : `${formatCount(cell.length)} numbers`;
  if (cell.agrees) return "agrees";
  if (cell.at === undefined) return `differs: ${plural(cell.length, "number")}`;
  const place = cell.length === 1 ? "" : `, at [${cell.at}] of ${formatCount(cell.length)}`;
  const more = cell.outside > 1 ? `, and ${formatCount(cell.outside - 1)} more` : "";
  return `differs: ${number(cell.value)} in place of ${number(cell.expected)}${place}${more}`;
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? "no number" : String(Number(value.toPrecision(7)));
}

export const judgementWords: Readonly<Record<SpeedJudgement, string>> = {
  slower: "slower",
  faster: "faster",
  none: "no difference shown",
  unsure: "too few measurements",
  unlike: "not judged: another adapter",
};

/** `12.0 × (11.7 to 12.3)` */
export function ratioWords({ ratio, low, high }: BrowserSpeedCell): string {
  if (ratio === undefined) return "";
  const interval = low === undefined || high === undefined ? "" : ` (${times(low)} to ${times(high)})`;
  return `${times(ratio)} ×${interval}`;
}

function times(ratio: number): string {
  // What is next to 1 is on one side of it.
  if (ratio !== 1 && Math.abs(ratio - 1) < 0.005) return ratio.toFixed(3);
  return ratio >= 99.5 ? formatMeasure(ratio, "") : ratio >= 9.95 ? ratio.toFixed(1) : ratio.toFixed(2);
}

/** `1 of 6 tests differs` */
export function differingWords(differing: number, all: number, one: string): string {
  return `${formatCount(differing)} of ${plural(all, one)} ${differing === 1 ? "differs" : "differ"}`;
}

/** `1 of 6 tests differs, 1 of 4 values differs; 3 ratios slower, 1 faster, 2 with no difference shown` */
export function browsersSentence({ totals }: BrowserComparison): string {
  const { slower, faster, none, unsure, unlike } = totals.ratios;
  const differing = [
    differingWords(totals.tests_differing, totals.tests, "test"),
    ...(totals.values > 0 ? [differingWords(totals.values_differing, totals.values, "value")] : []),
  ].join(", ");
  const speed = [
    [slower, "slower"],
    [faster, "faster"],
    [none, "with no difference shown"],
    [unsure, "with too few measurements"],
    [unlike, "of unlike adapters"],
  ] as const;
  const judged = speed.flatMap(([count, words]) => (count > 0 ? [`${formatCount(count)} ${words}`] : []));
  return judged.length === 0 ? differing : `${differing}; of the speeds ${judged.join(", ")}`;
}

/** What the comparison rests on, a sentence each. */
export function browsersRemarks({ speed, level, notes }: BrowserComparison): string[] {
  const references = [...new Set(speed.map(({ reference }) => reference))].map(plainText);
  return [
    ...(speed.length > 0
      ? [`Ratios are to ${references.slice(0, 4).join(" or ")}, the first browser by name that measured the same.`]
      : []),
    ...(level === undefined
      ? []
      : [
          `Intervals at ${(level * 100).toFixed(level > 0.999 ? 3 : 1)} %, corrected for how many there are; they cover the measurements of this run, not what another machine or day would bring.`,
        ]),
    ...notes,
  ];
}
