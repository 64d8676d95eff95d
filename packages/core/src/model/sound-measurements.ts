import type { CaseResult } from "./case.ts";
import { computedValueSchema, metricSchema, metricsLimit, type ComputedValue, type Metric } from "./metric.ts";

const computedLimit = 16;
/** Things that are named of those left out of one case. */
const namedLimit = 8;
const nameLimit = 128;

export interface SoundMeasurements {
  readonly metrics?: Metric[];
  readonly computed?: ComputedValue[];
  /** What was left out, a sentence part each: `the metric "latency": value is not a finite number`. */
  readonly dropped: readonly string[];
}

/**
 * Keeps of what a case measured and computed what can be reported. What is not finite or beyond a limit is left out by its name: a test
 * that divides by zero must not cost the result of the test.
 * @param names how a name is shown, as with its secrets masked
 */
export function soundMeasurements(
  { metrics, computed }: { readonly metrics?: unknown; readonly computed?: unknown },
  names: (name: string) => string = (name) => name,
): SoundMeasurements {
  const dropped: string[] = [];
  const keep = <T>(
    what: string,
    all: unknown,
    limit: number,
    parse: (one: unknown) => { data?: T; error?: { issues: Issue[] } | undefined },
  ): T[] => {
    if (all === undefined) return [];
    if (!Array.isArray(all)) {
      dropped.push(`all of what it ${what === "metric" ? "measured" : "computed"}: it is no list`);
      return [];
    }
    const kept: T[] = [];
    let beyond = 0;
    for (const one of all as unknown[]) {
      const { data, error } = parse(one);
      if (data === undefined) dropped.push(`the ${what} ${JSON.stringify(names(nameOf(one)))}: ${reasonFor(error?.issues)}`);
      else if (kept.length < limit) kept.push(data);
      else beyond += 1;
    }
    if (beyond > 0) dropped.push(`${beyond} ${what}${beyond === 1 ? "" : "s"} beyond the ${limit} that a case may bring`);
    return kept;
  };
  const sound = keep("metric", metrics, metricsLimit, (one) => metricSchema.safeParse(one));
  const values = keep("computed value", computed, computedLimit, (one) => computedValueSchema.safeParse(one));
  const more = dropped.length - namedLimit;
  return {
    ...(sound.length > 0 && { metrics: sound }),
    ...(values.length > 0 && { computed: values }),
    dropped: more > 0 ? [...dropped.slice(0, namedLimit), `and ${more} more`] : dropped,
  };
}

/** A case, whatever form it has, with what can be reported of its measurements. */
export function withSoundMeasurements<T extends object>(result: T): { readonly result: T; readonly dropped: readonly string[] } {
  const given = result as { metrics?: unknown; computed?: unknown };
  if (given.metrics === undefined && given.computed === undefined) return { result, dropped: [] };
  const { dropped, ...sound } = soundMeasurements(given);
  const { metrics: _metrics, computed: _computed, ...rest } = given;
  return { result: { ...rest, ...sound } as T, dropped };
}

interface Issue {
  readonly path: PropertyKey[];
  readonly message: string;
}

function reasonFor(issues: readonly Issue[] = []): string {
  const [issue] = issues;
  if (issue === undefined) return "it has the wrong form";
  const isNumber = /expected number/.test(issue.message);
  return `${issue.path.map(String).join(".") || "it"}: ${isNumber ? "not a finite number" : issue.message}`;
}

function nameOf(one: unknown): string {
  const name = typeof one === "object" && one !== null && "name" in one ? one.name : undefined;
  return typeof name === "string" ? name.slice(0, nameLimit) : "(without a name)";
}

/** Its names and dimensions are text, as all that tests report. @param clean how a text is shown, as with its secrets masked */
export function withCleanNames(
  result: Pick<CaseResult, "metrics" | "computed">,
  clean: (text: string) => string,
): Pick<CaseResult, "metrics" | "computed"> {
  const cut = (text: string, limit: number) => clean(text).slice(0, limit).toWellFormed();
  return {
    ...(result.metrics !== undefined && {
      metrics: result.metrics.map((metric) => ({
        ...metric,
        name: cut(metric.name, 128),
        unit: cut(metric.unit, 32),
        ...(metric.dimensions !== undefined && {
          dimensions: Object.fromEntries(
            Object.entries(metric.dimensions).map(([name, value]) => [cut(name, 64), cut(value, 128)]),
          ),
        }),
      })),
    }),
    ...(result.computed !== undefined && {
      computed: result.computed.map((value) => ({ ...value, name: cut(value.name, 128) })),
    }),
  };
}
