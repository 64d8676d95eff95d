import type { TrendPoint, TrendSeries } from "../../protocol/trends.ts";
import type { TrendName } from "./trend-report.ts";

/** What points are put apart by: the class of hardware, the branch, the commit, or a dimension (`browser`, `model`, `flag`). */
interface Condition {
  readonly key: string;
  /** `*` and `?` stand for any text and any character. */
  readonly pattern: string;
}

/** Points that fulfil all of its conditions. */
export interface Configuration {
  readonly name: string;
  readonly conditions: readonly Condition[];
}

/** Configurations as they are given, the first being what the others are compared with; or one for each value of a key. */
export type CompareBy = { readonly given: readonly Configuration[] } | { readonly key: string };

/**
 * Reads `hardware=*cuda*`, `branch=main`, or several conditions with commas between them. Undefined where it says nothing of the kind.
 */
export function readConfiguration(text: string): Configuration | undefined {
  const conditions = text.split(",").map((part): Condition | undefined => {
    const [key = "", ...rest] = part.split("=");
    const pattern = rest.join("=").trim();
    return key.trim() === "" || pattern === "" ? undefined : { key: key.trim(), pattern };
  });
  if (conditions.includes(undefined)) return undefined;
  return { name: text, conditions: conditions.filter((condition) => condition !== undefined) };
}

/** Whether the configurations choose among the points of a series, so that those of all branches have to be looked at. */
export function choosesPoints(by: CompareBy): boolean {
  const keys = keysOf(by);
  return keys.has("branch") || keys.has("commit");
}

/** The names of the configurations that a point belongs to. */
export function configurationsOf(by: CompareBy, series: TrendSeries, point: TrendPoint): string[] {
  if ("given" in by)
    return by.given
      .filter(({ conditions }) =>
        conditions.every(({ key, pattern }) => {
          const value = valueOf(key, series, point);
          return value !== undefined && matches(key, value, pattern);
        }),
      )
      .map(({ name }) => name);
  const value = valueOf(by.key, series, point);
  return value === undefined ? [] : [value];
}

/** What a series is still called when what sets the configurations apart is taken off its name. */
export function remainingName(by: CompareBy, series: TrendSeries): TrendName {
  const keys = keysOf(by);
  const { test, case: case_name, name, unit, better, dimensions, hardware_class } = series;
  return {
    test,
    case: case_name,
    name,
    unit,
    better,
    dimensions: Object.fromEntries(Object.entries(dimensions).filter(([key]) => !keys.has(key))),
    hardware_class: keys.has("hardware") ? "" : hardware_class,
  };
}

function keysOf(by: CompareBy): ReadonlySet<string> {
  return new Set("key" in by ? [by.key] : by.given.flatMap(({ conditions }) => conditions.map(({ key }) => key)));
}

function valueOf(key: string, { hardware_class, dimensions }: TrendSeries, point: TrendPoint): string | undefined {
  if (key === "hardware") return hardware_class;
  if (key === "branch") return point.branch;
  if (key === "commit") return point.commit;
  if (key === "machine") return point.machine;
  return Object.hasOwn(dimensions, key) ? dimensions[key] : undefined;
}

/** Of a commit its beginning is enough, from seven characters on, and of a class of hardware any part of it. */
function matches(key: string, value: string, pattern: string): boolean {
  if (key === "commit" && pattern.length >= 7 && value.startsWith(pattern)) return true;
  if (key === "hardware" && !/[*?]/.test(pattern)) return value.includes(pattern);
  return matchesPattern(value, pattern);
}

/** Whether a text is what a pattern says, where `*` stands for any text and `?` for any character. The work grows with their product. */
function matchesPattern(text: string, pattern: string): boolean {
  let [at, in_pattern] = [0, 0];
  let [star, resume] = [-1, 0];
  while (at < text.length) {
    const expected = pattern[in_pattern];
    if (expected === "*") {
      star = in_pattern;
      resume = at;
      in_pattern += 1;
    } else if (expected === "?" || expected === text[at]) {
      at += 1;
      in_pattern += 1;
    } else if (star >= 0) {
      resume += 1;
      at = resume;
      in_pattern = star + 1;
    } else return false;
  }
  while (pattern[in_pattern] === "*") in_pattern += 1;
  return in_pattern === pattern.length;
}
