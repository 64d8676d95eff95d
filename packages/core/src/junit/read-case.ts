import { cutText, type CaseResult } from "../model/case.ts";
import type { Element } from "./element.ts";
import { splitProperties } from "./measured-properties.ts";

/** A case as a JUnit file tells it. */
export interface JunitCase {
  readonly classname: string | undefined;
  readonly file: string | undefined;
  readonly result: Omit<CaseResult, "ordinal">;
}

const titleLimit = 4096;
const propertyLimit = 256;
/** Of those that are no metrics. */
const keptProperties = 100;

/** What surefire and others write for the runs of a case before the last. */
const earlierRuns = ["flakyFailure", "flakyError", "rerunFailure", "rerunError"];

/** @param group the file or suite that the case stands in: a classname that only repeats it tells nothing. */
export function readCase(element: Element, group: string | undefined): JunitCase {
  const classname = element.attribute("classname") || undefined;
  const file = element.attribute("file") || undefined;
  const name = element.attribute("name") || "(no name)";
  const line = Number(element.attribute("line"));
  const [failure] = element.children("failure");
  const [error] = element.children("error");
  const skipped = element.children("skipped")[0] ?? element.children("disabled")[0];
  const reason = failure ?? error ?? skipped;
  const retries = earlierRuns.reduce((count, kind) => count + element.children(kind).length, 0);
  const word = element.attribute("status") ?? "";
  const notRun = /^(?:notrun|disabled|skipped|ignored)$/i.test(word);
  // Some writers tell a failure by these alone.
  const hasFailed = [word, element.attribute("result") ?? ""].some((one) => /^(?:fail(?:ed|ure)?|error(?:ed)?)$/i.test(one));
  const message = reason === undefined ? undefined : reason.attribute("message") || firstLine(reason.text);
  const note = reason === skipped ? noteOf(skipped) : undefined;
  const output = [...element.children("system-out"), ...element.children("system-err")]
    .map((part) => part.text)
    .filter((text) => text !== "");
  const { metrics, rest } = splitProperties(propertiesOf(element));
  const properties = Object.fromEntries(rest.slice(0, keptProperties));
  const status = failure ? "failed" : error ? "errored" : skipped || notRun ? "skipped" : hasFailed ? "failed" : "passed";
  const isBad = status === "failed" || status === "errored";
  const said = reason === undefined || reason.text === message ? "" : reason.text;
  // ctest and others leave the reason in what the test printed.
  const details = isBad && !message && said === "" ? output.join("\n") : said;
  return {
    classname,
    file,
    result: {
      path: pathOf(classname, name, [file, group]),
      status,
      ...(note === undefined ? {} : { note }),
      duration_ms: readSeconds(element.attribute("time")) ?? 0,
      retries,
      ...(file === undefined || file.length > titleLimit ? {} : { file }),
      ...(Number.isSafeInteger(line) && line > 0 ? { line } : {}),
      ...(message ? { message: cutText(message) } : {}),
      ...(details === "" ? {} : { details: cutText(details) }),
      ...(output.length === 0 ? {} : { output: cutText(output.join("\n")) }),
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
      ...(metrics.length === 0 ? {} : { metrics }),
    },
  };
}

/**
 * A duration in milliseconds from JUnit's seconds: `1.5`, `6e-05`, `1,234.5` (thousands, as surefire writes them) and `0,25` (a decimal
 * comma, as some locales do). Undefined for what is no duration.
 */
export function readSeconds(value: string | undefined): number | undefined {
  if (value === undefined || value.trim() === "") return undefined;
  const text = value.trim();
  const plain = /^\d+,\d+$/.test(text) ? text.replace(",", ".") : text.replaceAll(",", "");
  const seconds = Number(plain);
  if (!Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.round(seconds * 1_000_000) / 1000;
}

/** Names joined as vitest and we join them are taken apart; a class that is not merely the file, or the name again, becomes the outermost title. */
function pathOf(classname: string | undefined, name: string, groups: readonly (string | undefined)[]): string[] {
  const redundant = classname === undefined || groups.includes(classname) || name === classname || name.endsWith(` ${classname}`);
  const titles = redundant ? name.split(" > ").filter((title) => title !== "") : [classname, name];
  const path = titles.length === 0 || titles.length > 64 ? [name] : titles;
  return path.map((title) => cutText(title, titleLimit - 100));
}

function noteOf(skipped: Element | undefined): "todo" | "expected-failure" | undefined {
  const type = skipped?.attribute("type") ?? "";
  if (/xfail|expected-failure/i.test(type)) return "expected-failure";
  return /^todo$/i.test(type) ? "todo" : undefined;
}

function propertiesOf(element: Element): [string, string][] {
  const properties: [string, string][] = element
    .children("properties")
    .flatMap((list) => list.children("property"))
    .slice(0, propertyLimit)
    .map((property) => [property.attribute("name") ?? "", property.attribute("value") ?? property.text]);
  return properties
    .filter(([name]) => name !== "" && name.length <= 256)
    .map(([name, value]) => [name, cutText(value, titleLimit - 100)]);
}

function firstLine(text: string): string | undefined {
  return text
    .split("\n")
    .find((line) => line.trim() !== "")
    ?.trim();
}
